"""Services that are handed a protocol: what runs is the class that has all its methods."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

PORTS = """
from typing import Protocol

class Rooms(Protocol):
    async def taken(self, room: str) -> bool: ...
    async def book(self, room: str, guest: str) -> int: ...
"""
ADAPTER = """
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class Booking(Base):
    __tablename__ = "bookings"
    id: Mapped[int] = mapped_column(primary_key=True)
    room: Mapped[str]{unique}
    guest: Mapped[str]

class SqlRooms:
    def __init__(self, sessions):
        self._sessions = sessions

    async def taken(self, room):
        async with self._sessions() as db:
            found = await db.execute(select(Booking).where(Booking.room == room))
            return found.scalars().first() is not None

    async def {book}(self, {room}, guest):
        async with self._sessions() as db:
            made = Booking(room={room}, guest=guest)
            db.add(made)
            await db.commit()
            return made.id
"""
STAND_IN = """
class MemoryRooms:
    def __init__(self):
        self.rooms = {}

    async def taken(self, room):
        return room in self.rooms

    async def book(self, room, guest):
        return len(guest)
"""
SERVICE = """
from fastapi import Depends, FastAPI, HTTPException

from app.ports import Rooms

app = FastAPI()

def opened() -> Rooms: ...

async def request(rooms: Rooms, room: str, guest: str) -> int:
    if await rooms.taken(room):
        raise HTTPException(409)
    return await rooms.book(room, guest)

@app.post("/rooms/{room}")
async def book(room: str, guest: str, rooms: Rooms = Depends(opened)) -> int:
    return await request(rooms, room, guest)
"""


def project(**changed: str) -> dict[str, str]:
    words = {"unique": "", "book": "book", "room": "room", **changed}
    adapter = ADAPTER
    for word, text in words.items():
        adapter = adapter.replace(f"{{{word}}}", text)
    return {
        "app____init__": "",
        "app__ports": PORTS,
        "app__adapters": adapter,
        "app__backup": STAND_IN,
        "app__service": SERVICE,
    }


def test_the_class_that_has_all_methods_is_behind_it(analysed: Analyse) -> None:
    (report,) = analysed(**project()).reports
    assert report.judge.code == "TOC205"
    assert report.window.check.at.path.endswith("service.py")


@pytest.mark.parametrize("changed", [{"book": "reserve"}, {"room": "number"}])
def test_another_method_or_parameter_makes_it_another_class(
    analysed: Analyse, changed: dict[str, str]
) -> None:
    assert not analysed(**project(**changed)).reports


def test_a_constraint_of_the_class_behind_counts(analysed: Analyse) -> None:
    (report,) = analysed(**project(unique=" = mapped_column(unique=True)")).reports
    assert report.match.severity == "medium"
