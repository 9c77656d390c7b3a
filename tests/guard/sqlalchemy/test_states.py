"""State that a request relies on, compared again before it writes."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from tests.guard.sqlalchemy.models import Order, Refund, User
from tests.guard.sqlalchemy.test_locks import impatient
from tocsin.guard import sqlalchemy as guard
from tocsin.guard.errors import Conflict
from tocsin.guard.sqlalchemy import asyncio as awaited

Sessions = sessionmaker[Session]
ORDER = select(Order).where(Order.id == 1)
STAFF = select(User.username).where(User.role == "manager")


def shipped_by_another(sessions: Sessions) -> None:
    with sessions.begin() as other:
        other.execute(update(Order).where(Order.id == 1).values(status="shipped"))


def refunds(sessions: Sessions) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(Refund)) or 0


def test_what_stays_as_it_is(sessions: Sessions) -> None:
    with sessions.begin() as session:
        order, staff = guard.unchanged(session, ORDER, STAFF)
        assert order[0].status == "pending"
        assert staff[0].username == "carol"
        session.add(Refund(order_id=1))
    assert refunds(sessions) == 1


def test_what_others_changed_is_a_conflict_before_the_first_write(sessions: Sessions) -> None:
    with sessions() as session:
        guard.unchanged(session, ORDER)
        session.get_one(Order, 1)
        shipped_by_another(sessions)
        session.add(Refund(order_id=1))
        with pytest.raises(Conflict, match="changed meanwhile"):
            session.flush()
    assert refunds(sessions) == 0


def test_who_swallows_the_conflict_gets_no_further(sessions: Sessions) -> None:
    with sessions() as session:
        guard.unchanged(session, ORDER)
        shipped_by_another(sessions)
        session.add(Refund(order_id=1))
        for verb in (session.flush, session.commit, session.commit):
            with pytest.raises(Conflict):
                verb()
        session.rollback()
        session.add(Refund(order_id=1))
        session.commit()
    assert refunds(sessions) == 1


def test_a_statement_is_a_write_too(sessions: Sessions) -> None:
    with sessions() as session:
        guard.unchanged(session, ORDER)
        shipped_by_another(sessions)
        with pytest.raises(Conflict):
            session.execute(update(User).values(role="user"))


def test_who_only_reads_is_told_at_the_commit(sessions: Sessions) -> None:
    with sessions() as session:
        guard.unchanged(session, ORDER)
        shipped_by_another(sessions)
        with pytest.raises(Conflict):
            session.commit()


def test_what_disappears_has_changed(sessions: Sessions) -> None:
    with sessions() as session:
        guard.unchanged(session, STAFF)
        with sessions.begin() as other:
            other.execute(update(User).values(role="user"))
        with pytest.raises(Conflict):
            session.commit()


def test_what_it_does_itself_is_its_own_affair(sessions: Sessions) -> None:
    with sessions.begin() as session:
        guard.unchanged(session, ORDER)
        session.get_one(Order, 1).status = "cancelled"
        session.flush()
        session.get_one(Order, 1).note = "by phone"
    with sessions() as session:
        assert session.get_one(Order, 1).note == "by phone"


def test_after_the_first_write_others_wait(sessions: Sessions) -> None:
    with sessions() as session, sessions() as other:
        impatient(other)
        guard.unchanged(session, ORDER)
        session.add(Refund(order_id=1))
        session.flush()
        with pytest.raises(Exception, match="lock"):
            other.execute(update(Order).where(Order.id == 1).values(status="shipped"))


def test_it_is_for_one_transaction(sessions: Sessions) -> None:
    with sessions() as session:
        guard.unchanged(session, ORDER)
        session.rollback()
        shipped_by_another(sessions)
        session.add(Refund(order_id=1))
        session.commit()
        guard.unchanged(session, ORDER)
        session.commit()
    assert refunds(sessions) == 1


def test_a_scoped_session(sessions: Sessions) -> None:
    session = scoped_session(sessions)
    guard.unchanged(session, ORDER)
    shipped_by_another(sessions)
    with pytest.raises(Conflict):
        session.commit()
    session.remove()


def test_async(async_sessions: async_sessionmaker[AsyncSession], sessions: Sessions) -> None:
    async def relied() -> None:
        async with async_sessions() as session:
            await awaited.unchanged(session, ORDER)
            shipped_by_another(sessions)
            session.add(Refund(order_id=1))
            with pytest.raises(Conflict):
                await session.commit()

    asyncio.run(relied())
    assert refunds(sessions) == 0
