"""Limits in Redis."""

from __future__ import annotations

import asyncio as loops
import itertools
from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from tests.guard import tallies
from tests.guard.tallies import CHECKS, COUPON, LIMITS, LOGIN, STEPS, Clock, Step
from tocsin.guard.limits import Limit
from tocsin.guard.redis import asyncio, consume, refund, reset
from tocsin.testing import servers

NUMBERS = itertools.count()


@pytest.fixture
def client(redis_server: servers.Redis) -> Iterator[Redis]:
    """A database that nobody else has, empty."""
    with Redis.from_url(redis_server.url(9)) as client:
        client.flushdb()
        yield client


def store(client: Redis) -> Any:
    verbs = {"consume": consume, "refund": refund, "reset": reset}
    return SimpleNamespace(**{name: partial(verb, client) for name, verb in verbs.items()})


@pytest.mark.parametrize("check", CHECKS)
def test_a_store(check: Any, client: Redis) -> None:
    check(store(client))


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(limit=st.sampled_from(LIMITS), steps=STEPS)
def test_it_agrees_with_a_model(client: Redis, limit: Limit, steps: list[Step]) -> None:
    tallies.run(store(client), limit, f"key {next(NUMBERS)}", steps)


def test_what_has_ended_is_deleted_and_a_stock_is_not(client: Redis) -> None:
    consume(client, COUPON, "TEN")
    (stock,) = client.keys()
    assert client.ttl(stock) == -1
    consume(client, LOGIN, "alice")
    (login,) = set(client.keys()) - {stock}
    assert 0 < client.pttl(login) <= 60_000


def test_scripts_are_told_again_to_a_server_that_forgot_them(client: Redis) -> None:
    consume(client, COUPON, "TEN")
    client.script_flush()
    assert consume(client, COUPON, "TEN") == 1


async def _awaited(url: str) -> list[int]:
    left, clock = [], Clock()
    async with AsyncRedis.from_url(url) as client:
        left.append(await asyncio.consume(client, COUPON, "TEN", 2, clock=clock))
        await asyncio.refund(client, COUPON, "TEN", clock=clock)
        left.append(await asyncio.consume(client, COUPON, "TEN", clock=clock))
        await asyncio.reset(client, COUPON, "TEN")
        left.append(await asyncio.consume(client, COUPON, "TEN", clock=clock))
    return left


def test_awaited(client: Redis, redis_server: servers.Redis) -> None:
    assert loops.run(_awaited(redis_server.url(9))) == [1, 1, 2]
