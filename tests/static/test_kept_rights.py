"""Rights that a module keeps in a dictionary, filled from the database by hand."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

APP = """
from fastapi import FastAPI, HTTPException
from sqlalchemy import update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

class Base(DeclarativeBase): ...

class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[str]

class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]

app = FastAPI()
roles = {}

@app.post("/notes/{key}")
def edit(key: int, me: int, db: Session):
    if me not in roles:
        roles[me] = {value}
    if roles[me] != "admin":
        raise HTTPException({status})
    db.execute(update(Note).where(Note.id == key).values(text="x"))
    db.commit()
"""


@pytest.mark.parametrize(
    ("value", "status", "found"),
    [
        ("db.get(User, me).role", 403, ["TOC103"]),
        ("db.get(User, me).role", 409, []),
        ("str(me)", 403, []),
    ],
    ids=["right", "no right", "not from the database"],
)
def test_a_dictionary_of_rights(
    analysed: Analyse, value: str, status: int, found: list[str]
) -> None:
    text = APP.replace("{value}", value).replace("{status}", str(status))
    assert [each.judge.code for each in analysed(text).reports] == found
