"""Relationships that are lists: counted, looked through, added to."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

HEAD = """
from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import Column, ForeignKey, Table, UniqueConstraint
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

app = FastAPI()

class Base(DeclarativeBase):
    pass

tagged = Table("tagged", Base.metadata, Column("show", ForeignKey("shows.id")), Column("tag"))

class Show(Base):
    __tablename__ = "shows"
    id: Mapped[int] = mapped_column(primary_key=True)
    seats: Mapped[int]
    bookings: Mapped[list["Booking"]] = relationship(back_populates="show")
    rows: Mapped[list["Row"]] = relationship()
    tags: Mapped[list["Tag"]] = relationship(secondary=tagged)

class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]

class Booking(Base):
    __tablename__ = "bookings"
    id: Mapped[int] = mapped_column(primary_key=True)
    show_id: Mapped[int] = mapped_column(ForeignKey("shows.id"))
    guest: Mapped[int]
    show: Mapped["Show"] = relationship(back_populates="bookings")

class Row(Base):
    __tablename__ = "rows"
    __table_args__ = (UniqueConstraint("show_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    show_id: Mapped[int] = mapped_column(ForeignKey(Show.id))
    number: Mapped[int]

def opened() -> Session: ...

@app.post("/shows/{key}")
def change(key: int, guest: int, db: Session = Depends(opened)):
    show = db.get(Show, key)
"""
REFUSED = "    raise HTTPException(409)\n"
FULL = "if len(show.bookings) >= show.seats:\n" + REFUSED
TAKEN = "if any(each.guest == guest for each in show.bookings):\n" + REFUSED
ADDED = "db.add(Booking(show_id=show.id, guest=guest))\ndb.commit()\n"
NUMBERED = (
    "if any(each.number == guest for each in show.rows):\n"
    + REFUSED
    + "show.rows.append(Row(number=guest))\n"
)
CASES = {
    "counted, and appended": (
        FULL + "show.bookings.append(Booking(guest=guest))\ndb.commit()\n",
        ["TOC204"],
    ),
    "counted, and added": (FULL + ADDED, ["TOC204"]),
    "looked through": (TAKEN + ADDED, ["TOC205"]),
    "of another show": (
        FULL + "db.add(Booking(show_id=guest, guest=guest))\ndb.commit()\n",
        [],
    ),
    "the show is locked": ("db.refresh(show, with_for_update=True)\n" + FULL + ADDED, []),
    "unique, and handled": (
        NUMBERED + "try:\n    db.commit()\nexcept IntegrityError:\n" + REFUSED,
        [],
    ),
    "of many, that have many": ("if not show.tags:\n    show.tags.append(Tag(name='a'))\n", []),
    "only looked at": ("return [each.guest for each in show.bookings]\n", []),
}


@pytest.mark.parametrize("case", CASES)
def test_lists_of_rows(analysed: Analyse, case: str) -> None:
    body, expected = CASES[case]
    text = HEAD + "".join(f"    {line}\n" for line in body.splitlines())
    assert [each.judge.code for each in analysed(text).reports] == expected


@pytest.mark.parametrize("key", ["None", "5", "NAME"])
def test_a_foreign_key_that_says_nothing_points_nowhere(analysed: Analyse, key: str) -> None:
    text = HEAD.replace('ForeignKey("shows.id")', f"ForeignKey({key})") + f"    {TAKEN}"
    assert analysed(text.replace(REFUSED, "        raise HTTPException(409)\n")).unread == ()
