"""One conditional UPDATE, on real databases, sync and async."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError

from tests.guard.sqlalchemy.models import Address, Membership, Order, Refund
from tocsin.guard import sqlalchemy as guard
from tocsin.guard.errors import Conflict, Missing, Unprocessable
from tocsin.guard.sqlalchemy import asyncio as awaited
from tocsin.guard.transitions import transitions

TABLE = transitions({"pending": ["shipped", "cancelled"]})
Sessions = sessionmaker[Session]


def status(sessions: Sessions, order: int = 1) -> str | None:
    with sessions() as session:
        return session.scalar(select(Order.status).where(Order.id == order))


def test_the_row_as_it_then_is(sessions: Sessions) -> None:
    with sessions.begin() as session:
        before = session.get(Order, 1)
        order = guard.transition(
            session, Order, 1, from_="pending", to="cancelled", values={"note": "by phone"}
        )
        assert order is before
        assert (order.status, order.note) == ("cancelled", "by phone")
    assert status(sessions) == "cancelled"


def test_it_moves_once(sessions: Sessions) -> None:
    with sessions.begin() as session:
        guard.transition(session, Order, 1, to="cancelled", table=TABLE)
    with sessions() as session, pytest.raises(Conflict, match="is cancelled"):
        guard.transition(session, Order, 1, to="shipped", table=TABLE)


@pytest.mark.parametrize("key", [9, None])
def test_no_such_row(sessions: Sessions, key: object) -> None:
    with sessions() as session, pytest.raises(Missing, match="no such order"):
        guard.transition(session, Order, key, to="cancelled", table=TABLE)


def test_a_row_of_others_is_missing_or_a_conflict(sessions: Sessions) -> None:
    mine = (Order.buyer == "mallory",)
    with sessions() as session:
        with pytest.raises(Missing):
            guard.transition(session, Order, 1, to="cancelled", table=TABLE, within=mine)
        with pytest.raises(Conflict, match="now"):
            guard.transition(session, Order, 1, to="cancelled", table=TABLE, where=mine)
    assert status(sessions) == "pending"


def test_a_state_that_nothing_leads_to(sessions: Sessions) -> None:
    with sessions() as session:
        with pytest.raises(Conflict):
            guard.transition(session, Order, 2, to="pending", table=TABLE)
        with pytest.raises(Missing):
            guard.transition(session, Order, 9, to="pending", table=TABLE)
        with pytest.raises(Unprocessable):
            guard.transition(session, Order, 1, to="lost", table=TABLE)


def test_what_was_done_before_the_refusal_is_undone(sessions: Sessions) -> None:
    with pytest.raises(Conflict), sessions.begin() as session:
        session.add(Refund(order_id=2))
        session.flush()
        guard.transition(session, Order, 2, from_="pending", to="cancelled")
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Refund)) == 0


def test_a_key_of_two_columns(sessions: Sessions) -> None:
    with sessions.begin() as session:
        member = guard.transition(
            session, Membership, ("billing", "alice"), field="state", from_="invited", to="joined"
        )
        assert member.state == "joined"
        with pytest.raises(ValueError, match="2 columns"):
            guard.transition(session, Membership, "billing", field="state", from_="a", to="b")


def test_versions_are_counted(sessions: Sessions) -> None:
    """An object that was loaded before it cannot be written over it."""
    with sessions() as early:
        address = early.get(Address, "alice")
        assert address is not None
        with sessions.begin() as session:
            guard.transition(
                session, Address, "alice", field="street", from_="1 Bell Lane", to="2 Bell Lane"
            )
        address.street = "3 Bell Lane"
        with pytest.raises(StaleDataError):
            early.commit()


def test_the_row_stays_locked_until_the_commit(sessions: Sessions, place: object) -> None:
    with sessions() as first, sessions() as second:
        if first.get_bind().dialect.name == "sqlite":
            second.execute(text("PRAGMA busy_timeout = 0"))
        guard.transition(first, Order, 1, from_="pending", to="cancelled")
        if first.get_bind().dialect.name == "postgresql":
            second.execute(text("SET lock_timeout = 1"))
        with pytest.raises(OperationalError):
            guard.transition(second, Order, 1, from_="pending", to="shipped")


def test_async(async_sessions: async_sessionmaker[AsyncSession], sessions: Sessions) -> None:
    async def twice() -> None:
        async with async_sessions.begin() as session:
            order = await awaited.transition(session, Order, 1, from_="pending", to="cancelled")
            assert order.status == "cancelled"
        async with async_sessions() as session:
            with pytest.raises(Conflict):
                await awaited.transition(session, Order, 1, from_="pending", to="cancelled")

    asyncio.run(twice())
    assert status(sessions) == "cancelled"
