"""Requests that are carried out once, kept in Redis."""

from __future__ import annotations

import asyncio as loops
import itertools
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from tests.guard import repeats
from tests.guard.repeats import (
    CHECKS,
    STEPS,
    Broken,
    Step,
    Work,
    ask,
    check_the_second_comes_back_while_the_first_is_at_work,
)
from tocsin.guard.errors import Conflict
from tocsin.guard.idempotency import Answer, Asked
from tocsin.guard.redis import asyncio, once
from tocsin.testing import servers

NUMBERS = itertools.count()


class Kept:
    """The store of the checks."""

    def __init__(self, client: Redis) -> None:
        self.client = client
        self.once = partial(once, client)

    def grow_old(self, asked: Asked) -> dict[str, Any]:
        assert 0 < self.client.ttl(f"tocsin:once:{asked.id}") <= 86_400
        assert self.client.pexpire(f"tocsin:once:{asked.id}", 0)
        return {}


@pytest.fixture(params=[False, True], ids=["bytes", "texts"])
def client(redis_server: servers.Redis, request: pytest.FixtureRequest) -> Iterator[Redis]:
    """A database that nobody else has, empty."""
    with Redis.from_url(redis_server.url(10), decode_responses=request.param) as client:
        client.flushdb()
        yield client


@pytest.mark.parametrize("check", [*CHECKS, check_the_second_comes_back_while_the_first_is_at_work])
def test_a_store(check: Any, client: Redis) -> None:
    check(Kept(client))


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_it_agrees_with_a_model(client: Redis, steps: list[Step]) -> None:
    repeats.run(Kept(client), steps, f"/{next(NUMBERS)}")


def test_the_second_waits_as_long_as_it_is_told_to(client: Redis) -> None:
    work, slept = Work(), []

    def first() -> Answer:
        with pytest.raises(Conflict):
            once(client, ask(), work, wait=0.2, sleep=slept.append)
        return work()

    once(client, ask(), first)
    assert slept == pytest.approx([0.05] * 4)
    assert work.done == 1


def test_the_second_gets_what_the_first_answers_meanwhile(client: Redis) -> None:
    work = Work()
    key = f"tocsin:once:{ask().id}"
    once(client, ask(), work)
    answered = client.hgetall(key)
    # The first is at work: it has no answer yet.
    client.hdel(key, "answer")

    def meanwhile(_: float) -> None:
        client.hset(key, mapping=answered)

    assert once(client, ask(), work, wait=1, sleep=meanwhile) == Answer.of({"done": 1}, 201)
    assert work.done == 1


def test_whose_lease_ran_out_takes_nothing_from_who_came_after(client: Redis) -> None:
    store, slow, quick = Kept(client), Work(201), Work(202)

    def dead() -> Answer:
        client.pexpire(f"tocsin:once:{ask().id}", 0)
        store.once(ask(), quick)
        return slow()

    assert store.once(ask(), dead).status == 201
    assert store.once(ask(), slow).status == 202
    assert (slow.done, quick.done) == (1, 1)


def test_whose_lease_ran_out_keeps_the_answer_where_nobody_came(client: Redis) -> None:
    store, work = Kept(client), Work()

    def slow() -> Answer:
        client.pexpire(f"tocsin:once:{ask().id}", 0)
        return work()

    assert store.once(ask(), slow) == store.once(ask(), slow)
    assert work.done == 1


async def _awaited(url: str) -> list[Answer]:
    work, waits = Work(), []

    async def done() -> Answer:
        return work()

    async def broken() -> Answer:
        raise Broken

    async def slow() -> Answer:
        async with AsyncRedis.from_url(url) as other:
            with pytest.raises(Conflict):
                await asyncio.once(other, ask(), done, wait=0.1, sleep=sleep)
        return work()

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async with AsyncRedis.from_url(url) as client:
        with pytest.raises(Broken):
            await asyncio.once(client, ask(), broken)
        answers = [await asyncio.once(client, ask(), slow), await asyncio.once(client, ask(), slow)]
    assert len(waits) == 2
    return answers


def test_awaited(client: Redis, redis_server: servers.Redis) -> None:
    assert loops.run(_awaited(redis_server.url(10))) == [Answer.of({"done": 1}, 201)] * 2


class Cancelled(AsyncRedis):
    """A client whose request is cancelled at the script of this number, sent by then or not."""

    at = 0
    sent = True

    def register_script(self, script: Any) -> Any:
        run = super().register_script(script)

        async def called(**given: Any) -> Any:
            self.at -= 1
            told = await run(**given) if self.at or self.sent else None
            if not self.at:
                raise loops.CancelledError
            return told

        return called


async def _cancelled(url: str, at: int, work: Any, *, sent: bool) -> None:
    async with Cancelled.from_url(url) as client:
        client.at, client.sent = at, sent
        with pytest.raises(loops.CancelledError):
            await asyncio.once(client, ask(), work)


@pytest.mark.parametrize("sent", [True, False])
def test_cancelled_before_work_the_key_is_free(
    client: Redis, redis_server: servers.Redis, sent: bool
) -> None:
    async def never() -> Answer:
        raise AssertionError

    loops.run(_cancelled(redis_server.url(10), 1, never, sent=sent))
    assert once(client, ask(), Work()) == Answer.of({"done": 1}, 201)


def test_cancelled_at_work_the_key_is_taken_until_the_lease_runs_out(
    client: Redis, redis_server: servers.Redis
) -> None:
    begun = loops.Event()
    effects = []

    async def work() -> Answer:
        effects.append("paid")
        begun.set()
        await loops.Event().wait()
        raise AssertionError

    async def gone() -> None:
        async with AsyncRedis.from_url(redis_server.url(10)) as other:
            request = loops.create_task(asyncio.once(other, ask(), work))
            await begun.wait()
            request.cancel()
            with pytest.raises(loops.CancelledError):
                await request

    loops.run(gone())
    again = Work()
    with pytest.raises(Conflict, match="is at work"):
        once(client, ask(), again)
    assert (effects, again.done) == (["paid"], 0)
    client.pexpire(f"tocsin:once:{ask().id}", 0)
    assert once(client, ask(), again).status == 201


@pytest.mark.parametrize("sent", [True, False])
def test_cancelled_after_work_the_answer_is_kept(
    client: Redis, redis_server: servers.Redis, sent: bool
) -> None:
    work = Work()

    async def done() -> Answer:
        return work()

    loops.run(_cancelled(redis_server.url(10), 2, done, sent=sent))
    assert once(client, ask(), work) == Answer.of({"done": 1}, 201)
    assert work.done == 1


def test_a_process_that_is_told_to_end_leaves_the_key_taken(client: Redis) -> None:
    def ended() -> Answer:
        raise SystemExit

    with pytest.raises(SystemExit):
        once(client, ask(), ended)
    with pytest.raises(Conflict, match="is at work"):
        once(client, ask(), Work())
