"""redis-py: the kit, waiting and awaiting, and what pipelines, scripts and locks come to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextvars import Context
from typing import Any

import pytest
import redis
import redis.asyncio

from tests.stores.programs import Doors
from tocsin.model.history import OpKind
from tocsin.stores import escapes
from tocsin.stores import redis as adapter
from tocsin.testing.check_commands import CHECKS, KEY, Check, Program, run_check
from tocsin.testing.recording import RecordingControl
from tocsin.testing.servers import Redis

READ = "return redis.call('GET', KEYS[1])"


class Client(Program):
    """Database 0 is asked for, database 5 has the key."""

    def __init__(self, server: Redis, watching: Any) -> None:
        self.redirect = {"0": "5"}
        self.server = server
        self._watching = watching

    def look(self) -> bytes | None:
        return self._watching.get(KEY)  # type: ignore[no-any-return]


class Sync(Doors, Client):
    def connect(self) -> Any:
        return redis.Redis(unix_socket_path=self.server.socket)

    def execute(self, client: Any, *command: object) -> Any:
        return client.execute_command(*command)

    def close(self, client: Any) -> None:
        client.close()

    def places(self) -> tuple[object, ...]:
        return (redis.client.Redis, redis.client.Pipeline, redis.connection.AbstractConnection)

    def door_url(self) -> None:
        with redis.Redis.from_url(self.server.url()) as client:
            assert client.get(KEY) == b"10"

    def door_strict_and_decoded(self) -> None:
        with redis.StrictRedis(
            unix_socket_path=self.server.socket, decode_responses=True
        ) as client:
            assert client.get(KEY) == "10"

    def door_single_connection(self) -> None:
        path = self.server.socket
        with redis.Redis(unix_socket_path=path, single_connection_client=True) as client:
            assert client.get(KEY) == b"10"

    def door_blocking_pool(self) -> None:
        pool = redis.BlockingConnectionPool.from_url(self.server.url())
        with redis.Redis.from_pool(pool) as client:
            assert client.get(KEY) == b"10"

    def door_select(self) -> None:
        with redis.Redis.from_url(self.server.url(3), single_connection_client=True) as client:
            client.select(0)
            assert client.get(KEY) == b"10"

    def door_pipeline(self) -> None:
        with self.connect() as client, client.pipeline(transaction=False) as pipeline:
            assert pipeline.ping().get(KEY).execute() == [True, b"10"]

    def door_transaction(self) -> None:
        with self.connect() as client, client.pipeline() as pipeline:
            assert pipeline.ping().get(KEY).execute() == [True, b"10"]

    def door_script(self) -> None:
        with self.connect() as client:
            assert client.eval(READ, 1, KEY) == b"10"


class Async(Doors, Client):
    def connect(self) -> Any:
        return redis.asyncio.Redis(unix_socket_path=self.server.socket)

    async def execute(self, client: Any, *command: object) -> Any:
        return await client.execute_command(*command)

    async def close(self, client: Any) -> None:
        await client.aclose()

    def places(self) -> tuple[object, ...]:
        return (
            redis.asyncio.client.Redis,
            redis.asyncio.client.Pipeline,
            redis.asyncio.connection.AbstractConnection,
        )

    async def door_url(self) -> None:
        async with redis.asyncio.Redis.from_url(self.server.url()) as client:
            assert await client.get(KEY) == b"10"

    async def door_pipeline(self) -> None:
        async with self.connect() as client, client.pipeline(transaction=False) as pipeline:
            assert await pipeline.ping().get(KEY).execute() == [True, b"10"]

    async def door_transaction(self) -> None:
        async with self.connect() as client, client.pipeline() as pipeline:
            assert await pipeline.ping().get(KEY).execute() == [True, b"10"]

    async def door_script(self) -> None:
        async with self.connect() as client:
            assert await client.eval(READ, 1, KEY) == b"10"


@pytest.fixture
def watching(redis_server: Redis) -> Iterator[Any]:
    """A client of database 5 that no instrument has seen, with the kit's key."""
    with redis.Redis.from_url(redis_server.url(5), single_connection_client=True) as client:
        client.flushall()
        client.set(KEY, 10)
        yield client


@pytest.mark.parametrize("program", [Sync, Async])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_conforms(
    check: Check, program: type[Sync | Async], redis_server: Redis, watching: Any
) -> None:
    run_check(check, adapter, program(redis_server, watching))


@pytest.fixture
def control() -> RecordingControl:
    return RecordingControl({"0": "5"})


@pytest.fixture
def client(redis_server: Redis, watching: Any, control: RecordingControl) -> Iterator[Any]:
    with (
        adapter.instrument(control),
        escapes.instrument(control),
        control.request(),
        redis.Redis(unix_socket_path=redis_server.socket) as made,
    ):
        yield made


def touched(control: RecordingControl, index: int = -1) -> list[tuple[str | None, str]]:
    return [(a.item.name, str(a.mode)) for a in control.calls[index].call.accesses]


def test_a_transaction_is_one_point(client: Any, control: RecordingControl) -> None:
    with client.pipeline() as pipeline:
        pipeline.decr(KEY).set("other", 1).execute()
    (call,) = control.calls
    assert call.call.text == f"MULTI; DECRBY {KEY} ?; SET other ?; EXEC"
    assert touched(control) == [(KEY, "read"), (KEY, "write"), ("other", "write")]


def test_what_is_watched_is_read_by_the_transaction(
    client: Any, control: RecordingControl, watching: Any
) -> None:
    with client.pipeline() as pipeline:
        pipeline.watch(KEY)
        value = int(pipeline.get(KEY))
        Context().run(watching.set, KEY, 7)
        pipeline.multi()
        pipeline.set("other", value - 1)
        with pytest.raises(redis.WatchError):
            pipeline.execute()
    assert control.texts()[:3] == [f"WATCH {KEY}", f"GET {KEY}", "MULTI; SET other ?; EXEC"]
    assert touched(control, 2) == [("other", "write"), (KEY, "read")]


def test_a_pipeline_without_a_transaction_is_as_many_points_as_commands(
    client: Any, control: RecordingControl
) -> None:
    with client.pipeline(transaction=False) as pipeline:
        pipeline.incr(KEY).lpush(KEY, 1).get(KEY)
        answers = pipeline.execute(raise_on_error=False)
        assert (answers[0], type(answers[1]), answers[2]) == (11, redis.ResponseError, b"11")
        pipeline.incr(KEY).lpush(KEY, 1)
        with pytest.raises(redis.ResponseError, match="Command # 2"):
            pipeline.execute()
    assert len(control.calls) == 5


def test_a_script_touches_the_keys_that_it_declares(client: Any, control: RecordingControl) -> None:
    take = client.register_script("return redis.call('DECRBY', KEYS[1], ARGV[1])")
    assert take(keys=[KEY], args=[3]) == 7
    assert control.texts()[-1] == f"EVALSHA ? {KEY}"
    assert touched(control) == [(KEY, "read"), (KEY, "write")]
    client.eval(f"return redis.call('GET', '{KEY}')", 0)
    assert touched(control) == [(None, "read"), (None, "write")]


def test_everything_is_flushed_in_the_copy_only(
    client: Any, control: RecordingControl, watching: Any
) -> None:
    client.flushall()
    assert control.texts() == ["FLUSHALL"]
    assert touched(control) == [(None, "write")]
    assert Context().run(watching.dbsize) == 0


def test_a_lock_that_is_taken_is_waited_for(client: Any, control: RecordingControl) -> None:
    """The sixth try in vain asks to be stopped until somebody else has done something."""
    client.set("lock", "theirs")

    def parked(recorded: Any) -> None:
        recorded.busy_answers = [True]

    control.parked = parked
    tries = 0
    while not client.set("lock", "ours", nx=True):
        tries += 1
        if tries == 8:
            client.delete("lock")
    locks = [each for each in control.calls if each.call.text == "SET lock ?"]
    spun = [each for each in locks if not each.busy_answers]
    assert len(locks) == 1 + 9
    assert len(spun) == 4


def test_a_lock_that_nobody_lets_go_of_is_no_endless_loop(
    client: Any, control: RecordingControl
) -> None:
    client.set("lock", "theirs")
    with pytest.raises(redis.TimeoutError, match="nobody else goes on"):
        while not client.set("lock", "ours", nx=True):
            pass


def test_pub_sub_escapes(client: Any, control: RecordingControl) -> None:
    with client.pubsub() as channel:
        channel.subscribe("news")
    assert control.escapes
    assert control.escapes[0].startswith("redis: sends commands past its clients")


def test_an_older_connection_escapes(redis_server: Redis, watching: Any) -> None:
    control = RecordingControl()
    with adapter.instrument(control), control.request():
        assert watching.get(KEY) == b"10"
    assert "a connection made before tocsin was there" in control.escapes[0]


def test_connecting_again_leads_to_the_same_place(client: Any, control: RecordingControl) -> None:
    assert client.get(KEY) == b"10"
    client.connection_pool.disconnect()
    assert client.get(KEY) == b"10"
    assert control.asked == ["0", "0"]
    assert not control.escapes


def test_commands_of_the_connection_are_no_points(client: Any, control: RecordingControl) -> None:
    client.ping()
    client.info()
    assert [each.call.pauses for each in control.calls] == [False, False]


def test_awaited_locks(redis_server: Redis, watching: Any, control: RecordingControl) -> None:
    async def script() -> None:
        path = redis_server.socket
        async with redis.asyncio.Redis(unix_socket_path=path) as client, client.lock("door"):
            await client.incr(KEY)

    with adapter.instrument(control), escapes.instrument(control), control.request():
        asyncio.run(script())
    kinds = {each.call.kind for each in control.calls}
    assert kinds == {OpKind.COMMAND}
    assert not control.escapes
    assert watching.get(KEY) == b"11"
