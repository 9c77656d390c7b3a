"""Requests that are carried out once: key, effect and answer are one transaction."""

from __future__ import annotations

import asyncio as loops
import itertools
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import Column, Engine, Integer, MetaData, Table, create_engine, func, select, text
from sqlalchemy.dialects import oracle
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from tests.guard import repeats
from tests.guard.conftest import Place
from tests.guard.repeats import CHECKS, STEPS, Broken, Step, Work, ask
from tocsin.guard.errors import Conflict, Unprocessable
from tocsin.guard.idempotency import Answer, Asked
from tocsin.guard.sqlalchemy import METADATA, ONCE, asyncio, once

NUMBERS = itertools.count()
EFFECT = Table("effects", MetaData(), Column("id", Integer, primary_key=True))


@pytest.fixture
def kept(anywhere: Place) -> Iterator[Engine]:
    """A database with the guards' tables and one for effects. SQLite does not wait."""
    given = {"connect_args": {"timeout": 0}} if anywhere.backend == "sqlite" else {}
    engine = create_engine(anywhere.url(), poolclass=NullPool, **given)
    METADATA.create_all(engine)
    EFFECT.metadata.create_all(engine)
    yield engine
    engine.dispose()


class Kept:
    """The store of the checks: each time a transaction, in which work has an effect."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def once(self, asked: Asked | None, work: Callable[[], Answer], **how: Any) -> Answer:
        with Session(self.engine) as session, session.begin():

            def effective() -> Answer:
                session.execute(EFFECT.insert())
                return work()

            return once(session, asked, effective, **how)

    def grow_old(self, _: Asked) -> dict[str, Any]:
        return {"clock": lambda: time.time() + 86_401}

    def effects(self) -> int:
        with Session(self.engine) as session:
            return session.scalar(select(func.count()).select_from(EFFECT)) or 0


@pytest.mark.parametrize("check", CHECKS)
def test_a_store(check: Any, kept: Engine) -> None:
    check(Kept(kept))


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_it_agrees_with_a_model(kept: Engine, steps: list[Step]) -> None:
    repeats.run(Kept(kept), steps, f"/{next(NUMBERS)}")


def test_what_failed_has_had_no_effect(kept: Engine) -> None:
    def broken() -> Answer:
        raise Broken

    store = Kept(kept)
    with pytest.raises(Broken):
        store.once(ask(), broken)
    assert store.once(ask(), Work(500)).status == 500
    assert store.effects() == 0
    store.once(ask(), Work())
    store.once(ask(), Work())
    assert store.effects() == 1


def test_the_second_waits_no_longer_than_it_is_told_to(kept: Engine) -> None:
    store, work = Kept(kept), Work()

    def first() -> Answer:
        with pytest.raises(Conflict, match="is at work"):
            store.once(ask(), work, wait=0.01)
        return work()

    assert store.once(ask(), first) == store.once(ask(), work) == Answer.of({"done": 1}, 201)
    assert store.effects() == 1


def test_a_connection_waits_as_long_as_before_afterwards(mariadb: Place) -> None:
    engine = create_engine(mariadb.url(), pool_size=2, max_overflow=0)
    METADATA.create_all(engine)
    EFFECT.metadata.create_all(engine)
    store = Kept(engine)

    def waits() -> set[int]:
        with engine.connect() as one, engine.connect() as two:
            asked = text("SELECT @@innodb_lock_wait_timeout")
            return {one.scalar(asked) or 0, two.scalar(asked) or 0}

    def first() -> Answer:
        with pytest.raises(Conflict):
            store.once(ask(), Work(), wait=1)
        return Answer.of({})

    before = waits()
    store.once(ask(), first)
    assert waits() == before
    engine.dispose()


SET = {"postgresql": "SET lock_timeout = '7s'", "mysql": "SET innodb_lock_wait_timeout = 7"}
TOLD = {"postgresql": "SHOW lock_timeout", "mysql": "SELECT @@innodb_lock_wait_timeout"}


@pytest.mark.parametrize(
    "place", [pytest.param("postgresql", marks=pytest.mark.postgresql), "mariadb"]
)
def test_what_the_application_has_set_holds_again(
    place: str, request: pytest.FixtureRequest
) -> None:
    engine = create_engine(request.getfixturevalue(place).url(), pool_size=1, max_overflow=0)
    METADATA.create_all(engine)
    kind = "postgresql" if place == "postgresql" else "mysql"

    def waits(session: Session) -> str:
        return str(session.scalar(text(TOLD[kind])))

    with Session(engine) as session:
        session.execute(text(SET[kind]))
        session.commit()
        before = waits(session)
        # In work, after work, after a replay and after a refusal: a transaction each.
        seen = []

        def work() -> Answer:
            seen.append(waits(session))
            return Answer.of({})

        for _ in range(2):
            once(session, ask(), work)
            seen.append(waits(session))
            session.commit()
        with pytest.raises(Unprocessable):
            once(session, ask(body=b"another"), work)
        seen.append(waits(session))
        session.rollback()
        seen.append(waits(session))
    engine.dispose()
    assert before.startswith("7")
    assert seen == [before] * 5


def _committed(engine: Engine) -> Work:
    """A first request that did commit, and died before it had an answer."""
    with Session(engine) as session:

        def work() -> Answer:
            session.commit()
            raise Broken

        with pytest.raises(Broken):
            once(session, ask(), work, lease=60)
    return Work()


def test_who_committed_without_an_answer_is_at_work_until_the_lease_runs_out(kept: Engine) -> None:
    work, store = _committed(kept), Kept(kept)
    with pytest.raises(Conflict):
        store.once(ask(), work)
    later: Any = {"clock": lambda: time.time() + 61}
    assert (
        store.once(ask(), work, **later) == store.once(ask(), work) == Answer.of({"done": 1}, 201)
    )


def test_whose_lease_ran_out_has_no_effect_where_somebody_came(kept: Engine) -> None:
    store = Kept(kept)
    later: Any = {"clock": lambda: time.time() + 61}

    with Session(kept) as session:

        def slow() -> Answer:
            session.commit()
            store.once(ask(), Work(202), **later)
            session.execute(EFFECT.insert())
            return Answer.of({}, 201)

        with pytest.raises(Conflict):
            once(session, ask(), slow)
        session.rollback()
    assert store.once(ask(), Work()).status == 202
    assert store.effects() == 1


async def _awaited(place: Place) -> list[Answer]:
    engine = create_async_engine(place.url(asynchronous=True), poolclass=NullPool)
    answers, work = [], Work()
    for fails in (True, False, False):
        async with AsyncSession(engine) as session:

            async def effective(session: AsyncSession = session, *, fails: bool = fails) -> Answer:
                await session.execute(EFFECT.insert())
                if fails:
                    raise Broken
                return work()

            try:
                async with session.begin():
                    answers.append(await asyncio.once(session, ask(), effective))
            except Broken:
                answers.append(Answer.of("broken"))
    await engine.dispose()
    return answers


def test_awaited(kept: Engine, anywhere: Place) -> None:
    done = Answer.of({"done": 1}, 201)
    assert loops.run(_awaited(anywhere)) == [Answer.of("broken"), done, done]
    assert Kept(kept).effects() == 1
    with Session(kept) as session:
        assert session.scalar(select(func.count()).select_from(ONCE)) == 1


def test_other_databases_are_refused_in_a_sentence() -> None:
    bound = SimpleNamespace(dialect=oracle.dialect())
    session: Any = SimpleNamespace(get_bind=lambda: bound)
    with pytest.raises(NotImplementedError, match="sqlite, not in oracle"):
        once(session, ask(), Work())
