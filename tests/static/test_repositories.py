"""Queries that are put together by base classes, mixins and what a class declares by functions."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

APP = """
from typing import Any, Self

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import ForeignKey, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, relationship

class Base(DeclarativeBase):
    id: Mapped[int] = mapped_column(primary_key=True)
    gone_at: Mapped[str | None]

    @hybrid_property
    def gone(self) -> bool:
        return self.gone_at is not None

    @gone.setter
    def gone(self, value: bool) -> None:
        self.gone_at = "now" if value else None

class Show(Base):
    __tablename__ = "shows"
    name: Mapped[str]
    seats: Mapped[int]

class Booking(Base):
    __tablename__ = "bookings"
    show_id: Mapped[int] = mapped_column(ForeignKey("shows.id"))

    @declared_attr
    def show(cls) -> Mapped["Show"]:
        return relationship("Show")

class Repository:
    model: type[Any]

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    @classmethod
    def of(cls, session: AsyncSession) -> Self:
        return cls(session)

    def asked(self):
        return select(self.model)

    async def one(self, statement):
        return (await self.session.execute(statement)).unique().scalar_one_or_none()

    async def count(self, statement):
        counted = statement.with_only_columns(func.count())
        return (await self.session.execute(counted)).scalar_one()

class Present:
    def asked(self):
        return super().asked().where(self.model.gone_at.is_(None))

class Shows(Present, Repository):
    model = Show

class Bookings(Present, Repository):
    model = Booking

app = FastAPI()

@app.post("/shows/{{name}}/book")
async def book(name: str, session: AsyncSession = Depends(opened)):
    shows, bookings = Shows.of(session), Bookings.of(session)
    show = await shows.one(shows.asked().where(Show.name == name){locked})
    if show is None:
        raise HTTPException(404)
    if {counted} >= show.seats:
        raise HTTPException({status})
    session.add(Booking(show=show))
    await session.commit()
"""
BY_REPOSITORY = "await bookings.count(bookings.asked().where(Booking.show_id == show.id))"
BY_HYBRID = """await session.scalar(
        select(func.count(Booking.id)).where(Booking.show_id == show.id, Booking.gone.is_(False))
    )"""
COUNTED = {"by a repository": BY_REPOSITORY, "by a hybrid property": BY_HYBRID}


@pytest.mark.parametrize("status", [409, 403])
@pytest.mark.parametrize("counted", COUNTED)
def test_rows_are_counted_and_one_is_added(analysed: Analyse, counted: str, status: int) -> None:
    source = APP.format(counted=COUNTED[counted], status=status, locked="")
    assert [each.judge.code for each in analysed(source).reports] == ["TOC204"]


@pytest.mark.parametrize("counted", COUNTED)
def test_the_row_above_is_locked(analysed: Analyse, counted: str) -> None:
    source = APP.format(counted=COUNTED[counted], status=409, locked=".with_for_update()")
    assert not analysed(source).reports


HYBRID = """
from flask import Flask, abort
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.ext.hybrid import hybrid_property

app = Flask(__name__)
db = SQLAlchemy(app)

class Order(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    paid_at = db.Column(db.DateTime)
    paid_with = db.Column(db.String)

    @hybrid_property
    def paid(self):
        return self.paid_at is not None

    @paid.expression
    def paid(cls):
        return cls.paid_at.isnot(None)

@app.post("/orders/<int:key>/pay")
def pay(key):
    order = db.session.get(Order, key)
    if order.paid:
        abort(409)
    charge(order)
    order.paid_at = now()
    db.session.commit()
    return ""
"""


def test_a_hybrid_property_of_a_row_is_its_columns(analysed: Analyse) -> None:
    (report,) = analysed(HYBRID).reports
    assert (report.judge.code, report.window.columns) == ("TOC201", {"paid_at"})
