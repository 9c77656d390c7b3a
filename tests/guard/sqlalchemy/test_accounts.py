"""Accounts in a table: found, renewed, and who they are now."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, update
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.pool import NullPool

from tests.guard.conftest import Place
from tocsin.guard.basic import Account, Counting, Verified
from tocsin.guard.errors import Denied, TooMany, Unauthenticated
from tocsin.guard.limits import Attempts
from tocsin.guard.sqlalchemy import METADATA, execute
from tocsin.guard.sqlalchemy.accounts import (
    Accounts,
    AsyncAccounts,
    Table,
    counting,
    counting_async,
)


class Base(DeclarativeBase):
    pass


class Person(Base):
    __tablename__ = "people"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column()
    secret: Mapped[str | None] = mapped_column()
    closed: Mapped[bool] = mapped_column(default=False)
    role: Mapped[str] = mapped_column(default="user")


TABLE = Table(Person, username="name", password="secret", active=~Person.closed)
PLAIN = Table(Person, username="name", password="secret")
PROOF = Verified("alice", "old", "shop")
ATTEMPTS = Attempts("login", 2, per=900)


@pytest.fixture
def sessions(place: Place) -> Iterator[sessionmaker[Session]]:
    engine = create_engine(place.url())
    for metadata in (Base.metadata, METADATA):
        metadata.create_all(engine)
    sessions = sessionmaker(engine)
    with sessions.begin() as session:
        session.add(Person(name="alice", secret="old"))
        session.add(Person(name="bob", secret=None, closed=True))
    yield sessions
    engine.dispose()


def test_accounts_are_found(sessions: sessionmaker[Session]) -> None:
    accounts = Accounts(sessions, TABLE)
    assert accounts.find("alice") == Account("alice", "old", active=True)
    assert accounts.find("bob") == Account("bob", "", active=False)
    assert accounts.find("nobody") is None
    assert Accounts(sessions, PLAIN).find("bob") == Account("bob", "", active=True)


def test_a_hash_is_renewed_if_it_is_the_old_one(sessions: sessionmaker[Session]) -> None:
    accounts = Accounts(sessions, TABLE)
    seen = accounts.find("alice")
    assert seen is not None
    assert accounts.renew(seen, "new")
    assert not accounts.renew(seen, "newer")
    assert accounts.find("alice") == Account("alice", "new")
    assert accounts.find("bob") == Account("bob", "", active=False)


def test_the_same_awaited(sessions: sessionmaker[Session], place: Place) -> None:
    engine = create_async_engine(place.url(asynchronous=True), poolclass=NullPool)
    accounts = AsyncAccounts(async_sessionmaker(engine), TABLE)

    async def renewed() -> list[bool]:
        seen = await accounts.find("alice")
        assert seen == Account("alice", "old")
        return [await accounts.renew(seen, "new"), await accounts.renew(seen, "newer")]

    assert asyncio.run(renewed()) == [True, False]


def test_who_somebody_is_now(sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        loaded = session.query(Person).filter_by(name="alice").one()
        session.commit()
        with sessions.begin() as other:
            other.query(Person).filter_by(name="alice").update({"role": "manager"})
        assert TABLE.identity(session, PROOF) is loaded
        assert loaded.role == "manager"


def test_a_proof_in_a_grant(sessions: sessionmaker[Session]) -> None:
    accounts = Accounts(sessions, TABLE)
    effect = update(Person).where(Person.name == "bob").values(role="guest")
    for proof, role in (
        (Verified("alice", "other", "shop"), "user"),
        (PROOF, "manager"),
        (Verified("bob", "", "shop"), "user"),
    ):
        right = accounts.proven(proof).where(Person.role == role)
        with sessions.begin() as session, pytest.raises(Denied):
            execute(session, effect, grant=right)
    with sessions.begin() as session:
        execute(session, effect, grant=accounts.proven(PROOF).where(Person.role == "user"))
    with sessions() as session:
        assert session.query(Person).filter_by(name="bob").one().role == "guest"


def test_who_changes_ones_own_row(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        TABLE.identity(session, PROOF, change=True).role = "manager"
    with sessions() as session:
        assert TABLE.identity(session, PROOF).role == "manager"
    with sessions() as session, pytest.raises(Unauthenticated):
        TABLE.identity(session, Verified("alice", "other", "shop"), change=True)


@pytest.mark.parametrize(
    "meanwhile", [{"secret": "new"}, {"closed": True}, {"name": "alice2"}], ids=str
)
def test_a_proof_that_is_none_any_more(
    sessions: sessionmaker[Session], meanwhile: dict[str, object]
) -> None:
    with sessions.begin() as session:
        session.query(Person).filter_by(name="alice").update(meanwhile)  # type: ignore[arg-type]
    with sessions() as session, pytest.raises(Unauthenticated) as refusal:
        TABLE.identity(session, PROOF)
    assert refusal.value.headers["WWW-Authenticate"].startswith('Basic realm="shop"')


def used_up(attempts: Counting, key: str) -> bool:
    try:
        attempts.consume(key)
    except TooMany:
        return True
    return False


def test_attempts_are_counted_apart(sessions: sessionmaker[Session]) -> None:
    attempts = counting(sessions, ATTEMPTS)
    assert [used_up(attempts, "alice") for _ in range(3)] == [False, False, True]
    attempts.refund("alice")
    assert [used_up(attempts, "alice") for _ in range(2)] == [False, True]
    assert not used_up(attempts, "bob")


def test_attempts_that_are_awaited(sessions: sessionmaker[Session], place: Place) -> None:
    engine = create_async_engine(place.url(asynchronous=True), poolclass=NullPool)
    attempts = counting_async(async_sessionmaker(engine), ATTEMPTS)

    async def until_refused() -> int:
        for n in range(9):
            try:
                await attempts.consume("alice")
            except TooMany:
                return n
        return 9

    async def refunded() -> int:
        assert await until_refused() == 2
        await attempts.refund("alice")
        return await until_refused()

    assert asyncio.run(refunded()) == 1
