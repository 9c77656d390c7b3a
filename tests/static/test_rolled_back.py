"""What was set on a row is gone when its transaction is rolled back: it is read and set anew."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

SETTINGS = """
from fastapi import FastAPI, Depends
from sqlalchemy import JSON, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

class Base(DeclarativeBase): ...

class Setting(Base):
    __tablename__ = "settings"
    id: Mapped[int] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(unique=True)
    value: Mapped[dict] = mapped_column(JSON)

app = FastAPI()
def get_session() -> Session: ...

@app.put("/settings/{user}")
def change(user: str, value: dict, session: Session = Depends(get_session)):
    wanted = select(Setting).filter_by(user=user).with_for_update()
    row = session.scalars(wanted).first()
    new = {**(row.value if row else {}), **value}
    if row is None:
        row = Setting(user=user, value=new)
    else:
        row.value = new
    try:
        session.add(row)
        session.commit()
    except IntegrityError:
        session.rollback()
        row = session.scalars(wanted).first()
        row.value = {**AGAIN, **value}
        session.commit()
"""


@pytest.mark.parametrize(("again", "codes"), [("row.value", []), ("new", ["TOC206"])])
def test_what_is_written_again_is_computed_again(
    analysed: Analyse, again: str, codes: list[str]
) -> None:
    found = analysed(SETTINGS.replace("AGAIN", again))
    assert [report.judge.code for report in found.reports] == codes
