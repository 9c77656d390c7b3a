"""What a row has is taken from in one UPDATE, on real databases, sync and async."""

from __future__ import annotations

import asyncio
import warnings
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError, SAWarning
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError

from tests.guard.sqlalchemy.models import Coupon, Refund, Wallet
from tocsin.guard.errors import Conflict, Missing, Unprocessable
from tocsin.guard.sqlalchemy import asyncio as awaited
from tocsin.guard.sqlalchemy import take

Sessions = sessionmaker[Session]


def balance(sessions: Sessions, username: str = "alice") -> int | None:
    with sessions() as session:
        return session.scalar(select(Wallet.balance).where(Wallet.username == username))


def test_of_what_is_left(sessions: Sessions) -> None:
    with sessions.begin() as session:
        before = session.get(Wallet, "alice")
        wallet = take(session, Wallet, "alice", 70, left="balance")
        assert wallet is before
        assert wallet.balance == 30
    assert balance(sessions) == 30
    with sessions() as session, pytest.raises(Conflict, match="wallet: 30 left, 31 asked for"):
        take(session, Wallet, "alice", 31, left="balance")
    with sessions.begin() as session:
        assert take(session, Wallet, "alice", 30, left="balance").balance == 0


@pytest.mark.parametrize("most", ["most", 3])
def test_of_what_is_used(sessions: Sessions, most: str | int) -> None:
    with sessions.begin() as session:
        assert take(session, Coupon, "TEN", 2, used="used", most=most).used == 2
    with sessions.begin() as session:
        with pytest.raises(Conflict, match="coupon: 1 left, 2 asked for"):
            take(session, Coupon, "TEN", 2, used="used", most=most)
        assert take(session, Coupon, "TEN", used="used", most=most).used == 3


def test_nothing_is_left_of_nothing(sessions: Sessions) -> None:
    with sessions() as session, pytest.raises(Conflict, match="0 left"):
        take(session, Wallet, "bob", left="balance")


@pytest.mark.parametrize("n", [2**31, 2**53 - 1, 2**53, 2**70])
def test_more_than_a_column_holds(sessions: Sessions, n: int) -> None:
    with sessions() as session:
        with pytest.raises(Conflict):
            take(session, Wallet, "alice", n, left="balance")
        with pytest.raises(Conflict):
            take(session, Coupon, "TEN", n, used="used", most="most")
        with pytest.raises(Missing):
            take(session, Wallet, "nobody", n, left="balance")


def test_decimals(sessions: Sessions) -> None:
    with warnings.catch_warnings(), sessions.begin() as session:
        # SQLite has none.
        warnings.simplefilter("ignore", SAWarning)
        wallet = take(session, Wallet, "alice", Decimal("9.99"), left="euros")
        assert wallet.euros == Decimal("0.01")
        with pytest.raises(Conflict):
            take(session, Wallet, "alice", Decimal("0.02"), left="euros")


def test_wrong_amounts_and_columns(sessions: Sessions) -> None:
    with sessions() as session:
        with pytest.raises(Unprocessable):
            take(session, Wallet, "alice", -1, left="balance")
        with pytest.raises(ValueError, match="what is left"):
            take(session, Wallet, "alice", used="balance")


def test_a_row_of_others_is_missing(sessions: Sessions) -> None:
    with sessions() as session, pytest.raises(Missing):
        take(session, Wallet, "alice", left="balance", within=[Wallet.username == "bob"])
    assert balance(sessions) == 100


def test_what_was_done_before_the_refusal_is_undone(sessions: Sessions) -> None:
    with pytest.raises(Conflict), sessions.begin() as session:
        session.add(Refund(order_id=2))
        session.flush()
        take(session, Wallet, "alice", 101, left="balance")
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Refund)) == 0


def test_versions_are_counted(sessions: Sessions) -> None:
    """An object that was loaded before it cannot be written over it."""
    with sessions() as early:
        wallet = early.get(Wallet, "alice")
        assert wallet is not None
        with sessions.begin() as session:
            take(session, Wallet, "alice", left="balance")
        wallet.balance = 120
        with pytest.raises(StaleDataError):
            early.commit()


def test_the_row_stays_locked_until_the_commit(sessions: Sessions) -> None:
    with sessions() as first, sessions() as second:
        if first.get_bind().dialect.name == "sqlite":
            second.execute(text("PRAGMA busy_timeout = 0"))
        take(first, Wallet, "alice", left="balance")
        if first.get_bind().dialect.name == "postgresql":
            second.execute(text("SET lock_timeout = 1"))
        with pytest.raises(OperationalError):
            take(second, Wallet, "alice", left="balance")


def test_async(async_sessions: async_sessionmaker[AsyncSession], sessions: Sessions) -> None:
    async def twice() -> None:
        async with async_sessions.begin() as session:
            wallet = await awaited.take(session, Wallet, "alice", 80, left="balance")
            assert wallet.balance == 20
        for n in (80, 2**40, 2**70):
            async with async_sessions() as session:
                with pytest.raises(Conflict):
                    await awaited.take(session, Wallet, "alice", n, left="balance")
        async with async_sessions.begin() as session:
            assert (await awaited.take(session, Coupon, "TEN", used="used", most=1)).used == 1

    asyncio.run(twice())
    assert balance(sessions) == 20
