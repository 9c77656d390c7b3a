"""Columns that hold a container: a part is put into it, or into a copy, and all of it is stored."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

APP = """
import copy

from fastapi import Depends, FastAPI
from sqlalchemy import JSON, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.orm.attributes import flag_modified

app = FastAPI()

class Base(DeclarativeBase):
    pass

class Meeting(Base):
    __tablename__ = "meetings"
    id: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[dict] = mapped_column(JSON)
    tags: Mapped[list] = mapped_column(JSON)

@app.post("/meetings/{key}")
async def put(key: int, value: str, body: dict, db: AsyncSession = Depends()):
    found = await db.execute(select(Meeting).where(Meeting.id == key)LOCK)
    row = found.scalars().first()
STEPS
    await db.commit()
"""
PUT = {
    "a copy, or an empty one": """
    new = dict(row.data) if isinstance(row.data, dict) else {}
    new["value"] = value
    row.data = new
""",
    "what is there, or an empty one": """
    new = row.data or {}
    new["value"] = value
    row.data = new
""",
    "spread": 'row.data = {**(row.data or {}), "value": value}',
    "several at once": """
    new = row.data.copy() if row.data else {}
    new.update(body)
    row.data = new
""",
    "deep in it": """
    new = row.data.copy() if row.data else {}
    new.setdefault("values", []).append(value)
    row.data = new
""",
    "a list": """
    new = list(row.tags) if row.tags else []
    new.append(value)
    row.tags = new
""",
    "in place": """
    row.data["value"] = value
    flag_modified(row, "data")
""",
}
LEFT = {
    "another value": "row.data = body or {}",
    "a part of what was given": """
    new = dict(body)
    new["value"] = value
    row.data = new
""",
    "a copy that is not stored": """
    new = dict(row.data) if row.data else {}
    new["value"] = value
""",
    "constants": 'row.data = {**{"kind": "call"}, "value": value}',
    "marked after it was set": """
    row.data = body
    flag_modified(row, "data")
""",
}


def source(steps: str, lock: str = "") -> str:
    lines = [line.strip() for line in steps.strip().splitlines()]
    return APP.replace("STEPS", "\n".join(f"    {each}" for each in lines)).replace("LOCK", lock)


@pytest.mark.parametrize("way", PUT)
def test_what_others_have_put_in_meanwhile_is_lost(analysed: Analyse, way: str) -> None:
    (report,) = analysed(source(PUT[way])).reports
    assert (report.judge.code, report.match.confidence) == ("TOC202", "medium")


@pytest.mark.parametrize("way", PUT)
def test_nobody_else_puts_anything_in_where_the_row_is_locked(analysed: Analyse, way: str) -> None:
    assert not analysed(source(PUT[way], ".with_for_update()")).reports


@pytest.mark.parametrize("way", LEFT)
def test_nothing_of_what_was_there_is_stored(analysed: Analyse, way: str) -> None:
    assert not analysed(source(LEFT[way])).reports


TWICE = """
from sqlalchemy import JSON, select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

sessions = async_sessionmaker(create_async_engine("postgresql+asyncpg://"))

class Base(DeclarativeBase):
    pass

class Meeting(Base):
    __tablename__ = "meetings"
    id: Mapped[int] = mapped_column(primary_key=True)
    parts: Mapped[list] = mapped_column(JSON)

async def found(db, key):
    asked = select(Meeting).where(Meeting.id == key).with_for_update()
    return (await db.execute(asked)).scalars().first()

async def parts(key):
    async with sessions() as db:
        return list((await found(db, key)).parts)

async def keep(key, parts):
    async with sessions() as db:
        row = await found(db, key)
        row.parts = PARTS
        await db.commit()

async def upload(key, part):
    known = await parts(key)
    await keep(key, NEW)
"""


def test_a_lock_that_was_given_back_and_taken_again_protects_nothing(analysed: Analyse) -> None:
    text = TWICE.replace("PARTS", "list(parts)").replace("NEW", "[*known, part]")
    (report,) = analysed(text).reports
    assert (report.judge.code, report.match.confidence) == ("TOC206", "medium")


def test_what_is_computed_under_the_second_lock_is_right(analysed: Analyse) -> None:
    text = TWICE.replace("PARTS", "[*row.parts, parts]").replace("NEW", "part")
    assert not analysed(text).reports


def test_what_was_looked_at_before_may_be_what_is_left_where_there_is_nothing(
    analysed: Analyse,
) -> None:
    text = TWICE.replace("PARTS", "[*row.parts, parts[0]]").replace("NEW", "known")
    assert not analysed(text).reports
