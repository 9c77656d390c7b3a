"""The copy of a Redis database: complete, put back after every run, gone in the end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.explore.state.conftest import Records
from tocsin.explore.state.redis import NoRoom, RedisState, clean_up
from tocsin.model.access import Item
from tocsin.stores.control import Session
from tocsin.testing.servers import Redis


def items(*names: str | None) -> list[Item]:
    return [Item("redis:0", name) for name in names]


@pytest.fixture
def original(redis_server: Redis) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_server.url()) as client:
        client.flushall()
        client.set("counter", 3)
        client.set("token", "x", ex=1000)
        client.hset("user", mapping={"name": "ann", "age": "7"})
        client.rpush("queue", "a", "b")
        client.sadd("tags", "x", "y")
        client.zadd("scores", {"ann": 1.5})
        client.xadd("events", {"kind": "made"})
        client.set(b"\xff\x00", b"\xfe")
        yield client


@pytest.fixture
def parameters(redis_server: Redis) -> dict[str, object]:
    return {"path": redis_server.socket}


@pytest.fixture
def state(
    parameters: dict[str, object], original: redis.Redis, records: Records
) -> Iterator[RedisState]:
    made = RedisState(parameters, 0, records)
    yield made
    made.close()


@pytest.fixture
def app(redis_server: Redis, state: RedisState) -> Iterator[redis.Redis]:
    """A client of the app, led to the copy."""
    with redis.Redis.from_url(redis_server.url(state.database)) as client:
        yield client


def contents(client: redis.Redis) -> dict[bytes, Any]:
    """What every key holds, as the server writes it down; members of sets have no order there."""
    return {
        key: (
            sorted(client.smembers(key)) if client.type(key) == b"set" else client.dump(key),
            client.ttl(key) > 0,
        )
        for key in sorted(client.scan_iter(count=100))
    }


WRITES: dict[str, tuple[str | None, Callable[[redis.Redis], object]]] = {
    "incr": ("counter", lambda client: client.incr("counter")),
    "set": ("token", lambda client: client.set("token", "y")),
    "new": ("fresh", lambda client: client.set("fresh", "z", ex=5)),
    "delete": ("user", lambda client: client.delete("user")),
    "pop": ("queue", lambda client: client.lpop("queue")),
    "add": ("tags", lambda client: client.sadd("tags", "z")),
    "score": ("scores", lambda client: client.zincrby("scores", 2, "ann")),
    "expire": ("counter", lambda client: client.expire("counter", 50)),
    "wrong": ("queue", lambda client: client.incr("queue")),
    "flush": (None, lambda client: client.flushdb()),
    "bytes": (None, lambda client: client.delete(b"\xff\x00")),
}
RUNS = st.lists(st.lists(st.sampled_from(sorted(WRITES)), max_size=6), min_size=1, max_size=4)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(runs=RUNS)
def test_every_run_starts_from_the_same_world(
    state: RedisState, app: redis.Redis, runs: Sequence[Sequence[str]]
) -> None:
    state.snapshot()
    world = contents(app)
    assert world
    for writes in runs:
        for write in writes:
            with suppress(redis.ResponseError):
                WRITES[write][1](app)
        state.restore(items(*(WRITES[write][0] for write in writes)))
        assert contents(app) == world


def test_the_copy_is_complete_and_goes(
    redis_server: Redis, parameters: dict[str, object], original: redis.Redis, records: Records
) -> None:
    found = contents(original)
    state = RedisState(parameters, 0, records)
    assert state.database != 0
    assert records.written[0]["database"] == state.database
    described = f"Redis {redis_server.version}, database 0 (copy in {state.database})"
    assert state.describe() == described
    with redis.Redis.from_url(redis_server.url(state.database)) as copy:
        assert contents(copy) == found
        copy.flushdb()
    state.close()
    state.close()
    assert contents(original) == found
    assert set(original.info("keyspace")) == {"db0"}


def test_two_never_get_the_same_place(
    parameters: dict[str, object], original: redis.Redis, records: Records
) -> None:
    original.flushall()  # nothing in a copy shows that it is taken
    states = [RedisState(parameters, 0, records) for _ in range(3)]
    assert len({state.database for state in states}) == 3
    for state in states:
        state.close()


def test_full_servers_are_said(
    redis_server: Redis, parameters: dict[str, object], original: redis.Redis, records: Records
) -> None:
    for number in range(1, 16):
        with redis.Redis.from_url(redis_server.url(number)) as client:
            client.set("a", 1)
    with pytest.raises(NoRoom, match="none of the 16 databases of this Redis server is empty"):
        RedisState(parameters, 0, records)


def test_a_server_that_is_not_there_is_said(records: Records) -> None:
    with pytest.raises(NoRoom, match="Redis: Error 111 connecting"):
        RedisState({"host": "127.0.0.1", "port": 1}, 0, records)


def test_a_killed_runs_copy_is_emptied(
    parameters: dict[str, object], original: redis.Redis, records: Records
) -> None:
    left = RedisState(parameters, 0, records)
    clean_up(records.written[0])
    assert set(original.info("keyspace")) == {"db0"}
    left.close()


def test_rows_say_what_a_key_holds(state: RedisState, app: redis.Redis) -> None:
    state.snapshot()
    rows = state.read(items("counter", "user", "queue", "tags", "scores", "events", "nothing"))
    assert {name: [row["value"] for row in found] for name, found in rows.items()} == {
        "counter": ["3"],
        "user": [{"age": "7", "name": "ann"}],
        "queue": [["a", "b"]],
        "tags": [["x", "y"]],
        "scores": [{"ann": 1.5}],
        "events": [[{"kind": "made"}]],
        "nothing": [],
    }
    (token,) = state.read(items("token"))["token"]
    assert token == {"type": "string", "value": "x", "expires": True}
    app.delete("counter")
    everything = state.read(items(None))
    assert everything["counter"] == []
    assert everything["\\xff\x00"][0]["value"] == "\\xfe"
    assert state.tables() == {}
    assert state.related("user") == frozenset()


def test_who_waits_for_whom(redis_server: Redis, state: RedisState) -> None:
    url = redis_server.url(state.database)
    with (
        redis.Redis.from_url(url, single_connection_client=True) as first,
        redis.Redis.from_url(url, single_connection_client=True) as second,
    ):
        sessions = [
            Session(key, "redis", "redis:0", client.client_id())
            for key, client in ((1, first), (2, second))
        ]
        assert state.waiting(sessions) == {}
        thread = threading.Thread(target=second.blpop, args=("empty", 30))
        thread.start()
        found: dict[int, frozenset[int]] = {}
        while not found:
            found = dict(state.waiting(sessions))
        assert found == {2: frozenset({1})}
        assert state.waiting(sessions[1:]) == {2: frozenset({-1})}
        first.rpush("empty", "x")
        thread.join()
        assert state.waiting(sessions) == {}
