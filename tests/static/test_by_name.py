"""Columns that are set by name, one after the other."""

from __future__ import annotations

from tests.static.conftest import Analyse

CUSTOMERS = """
from fastapi import Depends, FastAPI
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.orm.attributes import flag_modified

class Base(DeclarativeBase): ...

class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    town: Mapped[str]

app = FastAPI()
def get_session() -> Session: ...

def changed(session, row, values):
    for name, value in values.items():
        setattr(row, name, value)
        flag_modified(row, name)
    session.add(row)
    session.commit()

@app.delete("/customers/{key}")
def erase(key: int, session: Session = Depends(get_session)):
    customer = session.get(Customer, key)
    values = {}
    for field in ["name"] + ["town"]:
        value = getattr(customer, field)
        if value:
            values[field] = mask(value)
    changed(session, customer, values)
"""


def test_a_computed_name_is_no_column(analysed: Analyse) -> None:
    found = analysed(CUSTOMERS)
    assert [report.match.message for report in found.reports] == []
