"""Rights that stay true until their effect is committed."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import Select, delete, exists, func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import Session, sessionmaker

from tests.guard.sqlalchemy.models import Order, Refund, User
from tests.guard.sqlalchemy.test_locks import impatient
from tocsin.guard import sqlalchemy as guard
from tocsin.guard.errors import Denied, Missing
from tocsin.guard.sqlalchemy import asyncio as awaited

Sessions = sessionmaker[Session]


def manager(name: str) -> Select[tuple[User]]:
    return select(User).where(User.username == name, User.role == "manager")


def own_order(name: str, order: int = 1, *, secret: bool = False) -> guard.Grant[Order]:
    return guard.owns(Order, order, Order.buyer == name, secret=secret)


def demotion(name: str = "carol") -> object:
    return update(User).where(User.username == name).values(role="user")


def orders(sessions: Sessions) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(Order)) or 0


def test_the_row_that_gives_the_right(sessions: Sessions) -> None:
    with sessions() as session:
        assert guard.authorize(session, manager("carol")).username == "carol"
        assert guard.authorize(session, own_order("alice")).id == 1


def test_who_lacks_it(sessions: Sessions) -> None:
    with sessions() as session:
        with pytest.raises(Denied, match="not allowed"):
            guard.authorize(session, manager("alice"))
        with pytest.raises(Denied, match="for managers"):
            guard.authorize(session, guard.holds(manager("alice"), detail="for managers"))
        with pytest.raises(Denied, match="not your order"):
            guard.authorize(session, own_order("mallory"))
        with pytest.raises(Missing):
            guard.authorize(session, own_order("alice", 9))


def test_what_is_secret_is_missing_for_others_too(sessions: Sessions) -> None:
    with sessions() as session:
        with pytest.raises(Missing) as foreign:
            guard.authorize(session, own_order("mallory", secret=True))
        with pytest.raises(Missing) as absent:
            guard.authorize(session, own_order("mallory", 9, secret=True))
        assert foreign.value.detail == absent.value.detail
        with pytest.raises(Missing):
            guard.authorize(session, guard.holds(manager("alice"), secret=True))


def test_it_is_asked_again_and_never_remembered(sessions: Sessions) -> None:
    with sessions() as session:
        carol = guard.authorize(session, manager("carol"))
        session.rollback()
        with sessions.begin() as other:
            other.execute(demotion())  # type: ignore[call-overload]
        with pytest.raises(Denied):
            guard.authorize(session, manager("carol"))
        assert carol.role == "user"


def test_whoever_takes_it_away_waits(sessions: Sessions) -> None:
    with sessions() as session, sessions() as other:
        guard.authorize(session, manager("carol"))
        with pytest.raises(OperationalError):
            impatient(other).execute(demotion())  # type: ignore[call-overload]


def test_a_select_that_always_finds_something_is_no_right() -> None:
    with pytest.raises(ValueError, match="rows of a table"):
        guard.holds(select(exists().where(User.username == "mallory")))


@pytest.mark.parametrize("name", ["carol", "alice"])
def test_an_effect_that_asks_itself(sessions: Sessions, name: str) -> None:
    with sessions() as session:
        effect = delete(Order).where(Order.id == 1)
        if name == "carol":
            assert guard.execute(session, effect, grant=manager(name)).rowcount == 1
        else:
            with pytest.raises(Denied):
                guard.execute(session, effect, grant=manager(name))
        session.commit()
    assert orders(sessions) == (1 if name == "carol" else 2)


def test_an_effect_on_what_is_not_there(sessions: Sessions) -> None:
    with sessions() as session, pytest.raises(Missing):
        guard.execute(session, delete(Order).where(Order.id == 9), grant=manager("carol"))


def test_an_effect_on_ones_own(sessions: Sessions) -> None:
    effect = update(Order).where(Order.id == 1).values(note="mine")
    with sessions.begin() as session:
        guard.execute(session, effect, grant=own_order("alice"))
        with pytest.raises(Denied):
            guard.execute(session, effect, grant=own_order("mallory"))
        with pytest.raises(Missing):
            guard.execute(session, effect, grant=own_order("alice", 9))
        gone = delete(User).where(User.username == "carol")
        guard.execute(session, gone, grant=own_order("alice"))


def test_a_block_is_a_transaction(sessions: Sessions) -> None:
    with sessions() as session:
        with guard.authorized(session, own_order("alice")) as order:
            order.note = "mine"
        with pytest.raises(LookupError), guard.authorized(session, own_order("alice")) as order:
            order.note = "half"
            session.flush()
            raise LookupError
        session.commit()
    with sessions() as session:
        assert session.get_one(Order, 1).note == "mine"


def test_a_denied_block_never_begins(sessions: Sessions) -> None:
    denied = own_order("mallory")
    with sessions() as session, pytest.raises(Denied), guard.authorized(session, denied):
        raise AssertionError


def test_a_block_commits_its_own_changes_only(sessions: Sessions) -> None:
    with sessions() as session, pytest.raises(RuntimeError, match="changes of before"):
        session.add(Refund(order_id=1))
        with guard.authorized(session, own_order("alice")):
            raise AssertionError


def test_async(async_sessions: async_sessionmaker[AsyncSession], sessions: Sessions) -> None:
    async def asked() -> None:
        async with async_sessions() as session:
            assert (await awaited.authorize(session, manager("carol"))).username == "carol"
            with pytest.raises(Denied):
                await awaited.authorize(session, manager("alice"))
        async with async_sessions() as session:
            async with awaited.authorized(session, own_order("alice")) as order:
                order.note = "mine"
            with pytest.raises(LookupError):
                async with awaited.authorized(session, own_order("alice")) as order:
                    order.note = "half"
                    await session.flush()
                    raise LookupError
        async with async_sessions.begin() as session:
            first, second = await awaited.lock(session, Order, 2, 1)
            assert (first.id, second.note) == (2, "mine")
            effect = delete(Order).where(Order.id == 2)
            await awaited.execute(session, effect, grant=manager("carol"))

    asyncio.run(asked())
    assert orders(sessions) == 1
