"""Limits whose tallies are rows."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.dialects import oracle
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from tests.guard import tallies
from tests.guard.conftest import Place
from tests.guard.tallies import CHECKS, COUPON, LIMITS, STEPS, Clock, Step
from tocsin.guard.errors import Conflict
from tocsin.guard.limits import Limit
from tocsin.guard.sqlalchemy import METADATA, TALLY, asyncio, consume, refund, reset

NUMBERS = itertools.count()


@pytest.fixture
def limited(anywhere: Place) -> Iterator[Engine]:
    """A database in which there is nothing but the guards' tables."""
    engine = create_engine(anywhere.url())
    METADATA.create_all(engine)
    yield engine
    engine.dispose()


def store(engine: Engine) -> Any:
    """Each call in a transaction of its own."""

    def apart(verb: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            with Session(engine) as session, session.begin():
                return verb(session, *args, **kwargs)

        return call

    return SimpleNamespace(consume=apart(consume), refund=apart(refund), reset=apart(reset))


@pytest.mark.parametrize("check", CHECKS)
def test_a_store(check: Any, limited: Engine) -> None:
    check(store(limited))


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(limit=st.sampled_from(LIMITS), steps=STEPS)
def test_it_agrees_with_a_model(limited: Engine, limit: Limit, steps: list[Step]) -> None:
    tallies.run(store(limited), limit, f"key {next(NUMBERS)}", steps)


def test_a_rollback_gives_back(limited: Engine) -> None:
    with Session(limited) as session:
        assert consume(session, COUPON, "TEN", 3, clock=Clock()) == 0
        session.rollback()
        assert consume(session, COUPON, "TEN", clock=Clock()) == 2


def test_a_refusal_leaves_the_transaction_usable(limited: Engine) -> None:
    with Session(limited) as session:
        consume(session, COUPON, "TEN", 3, clock=Clock())
        with pytest.raises(Conflict):
            consume(session, COUPON, "TEN", clock=Clock())
        session.commit()
    with Session(limited) as session:
        assert session.scalar(select(func.count()).select_from(TALLY)) == 1


async def _awaited(place: Place) -> list[int]:
    engine = create_async_engine(place.url(asynchronous=True), poolclass=NullPool)
    left, clock = [], Clock()
    async with AsyncSession(engine) as session, session.begin():
        left.append(await asyncio.consume(session, COUPON, "TEN", 2, clock=clock))
        await asyncio.refund(session, COUPON, "TEN", clock=clock)
        left.append(await asyncio.consume(session, COUPON, "TEN", clock=clock))
        await asyncio.reset(session, COUPON, "TEN")
        left.append(await asyncio.consume(session, COUPON, "TEN", clock=clock))
    await engine.dispose()
    return left


def test_awaited(limited: Engine, anywhere: Place) -> None:
    import asyncio as loops

    assert loops.run(_awaited(anywhere)) == [1, 1, 2]


def test_other_databases_are_refused_in_a_sentence() -> None:
    bound = SimpleNamespace(dialect=oracle.dialect())
    session: Any = SimpleNamespace(connection=lambda: bound)
    with pytest.raises(NotImplementedError, match="sqlite, not in oracle"):
        consume(session, COUPON, "TEN")
