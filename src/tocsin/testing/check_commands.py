"""Conformance kit for adapters of stores that take commands on keys, like Redis.

What `check_store` is for databases that speak SQL. The store that a program asks for is empty; the
one it is led to holds the key ``tocsin_check`` with the value ``10``.
"""

from __future__ import annotations

import asyncio
import inspect
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from contextvars import Context
from typing import Any

from tocsin.model.access import Mode
from tocsin.model.history import OpKind
from tocsin.stores.registry import Database
from tocsin.testing.recording import Recorded, RecordingControl

KEY = "tocsin_check"


class Program(ABC):
    """How the kit speaks through the driver. Every method may be a coroutine function.

    ``redirect`` maps the database that the program connects to (its number as text) to the other.
    """

    redirect: Mapping[str, str]

    @abstractmethod
    def connect(self) -> Any:
        """A client of the database that is asked for."""

    @abstractmethod
    def execute(self, client: Any, *command: object) -> Any:
        """One command and its answer."""

    @abstractmethod
    def close(self, client: Any) -> Any: ...

    @abstractmethod
    def look(self) -> bytes | None:
        """The key's value, read past the driver."""

    @abstractmethod
    def places(self) -> tuple[object, ...]:
        """The classes that the adapter patches."""

    def doors(self) -> Mapping[str, Callable[[], Any]]:
        """Other ways to one ``GET tocsin_check``."""
        return {}


class Kit:
    """One adapter, one program, one control."""

    def __init__(self, adapter: Database, program: Program) -> None:
        self.adapter = adapter
        self.program = program
        self.control = RecordingControl(program.redirect)

    async def connect(self) -> Any:
        return await _done(self.program.connect())

    async def execute(self, client: Any, *command: object) -> Any:
        return await _done(self.program.execute(client, *command))

    async def close(self, client: Any) -> None:
        await _done(self.program.close(client))

    def commands(self) -> list[Recorded]:
        return [each for each in self.control.calls if each.call.kind is OpKind.COMMAND]


async def commands_are_announced(kit: Kit) -> None:
    """Once each, with the keys they read and write, and the session."""
    with kit.adapter.instrument(kit.control):
        client = await kit.connect()
        with kit.control.request():
            assert int(await kit.execute(client, "GET", KEY)) == 10
            await kit.execute(client, "SET", KEY, 11)
            await kit.execute(client, "INCRBY", KEY, 2)
        await kit.close(client)
    get, put, add = (each.call for each in kit.commands())
    assert [call.text for call in (get, put, add)] == [
        f"GET {KEY}",
        f"SET {KEY} ?",
        f"INCRBY {KEY} ?",
    ]
    modes = [[access.mode for access in call.accesses] for call in (get, put, add)]
    assert modes == [[Mode.READ], [Mode.WRITE], [Mode.READ, Mode.WRITE]]
    assert all(access.item.name == KEY for call in (get, put, add) for access in call.accesses)
    assert all(call.pauses and call.autocommit and not call.in_transaction for call in (get, add))
    assert get.session is not None
    assert get.session.pid is not None
    assert all(each.ended for each in kit.control.calls)
    assert not kit.control.escapes


async def errors_are_noted(kit: Kit) -> None:
    """A call that raised remembers the very exception the program saw."""
    with kit.adapter.instrument(kit.control):
        client = await kit.connect()
        raised: BaseException | None = None
        with kit.control.request():
            try:
                await kit.execute(client, "LPUSH", KEY, 1)
            except Exception as error:  # noqa: BLE001  # the driver has its own
                raised = error
        await kit.close(client)
    assert raised is not None
    assert [each.error for each in kit.commands()] == [raised]


async def nothing_is_announced_outside_of_requests(kit: Kit) -> None:
    """Set-up code runs as ever."""
    with kit.adapter.instrument(kit.control):
        client = await kit.connect()
        await kit.execute(client, "SET", KEY, 1)
        await kit.close(client)
    assert kit.control.calls == []
    assert kit.program.look() == b"1"


async def sessions_are_told(kit: Kit) -> None:
    """Opened in the other place, under the name of the one that was asked for; closed once."""
    with kit.adapter.instrument(kit.control):
        client = await kit.connect()
        await kit.execute(client, "GET", KEY)
        (session,) = kit.control.open.values()
        await kit.close(client)
        assert not kit.control.open
    assert set(kit.control.asked) == set(kit.program.redirect)
    assert session.store.partition(":")[2] in kit.program.redirect


async def parking_delays_the_command(kit: Kit) -> None:
    """While a call is announced, nothing of it has reached the store."""
    seen: list[bytes | None] = []
    kit.control.parked = lambda _: seen.append(kit.program.look())
    with kit.adapter.instrument(kit.control):
        client = await kit.connect()
        with kit.control.request():
            await kit.execute(client, "SET", KEY, 99)
        after = Context().run(kit.program.look)
        await kit.close(client)
    assert seen == [b"10"]
    assert after == b"99"


async def everything_is_put_back(kit: Kit) -> None:
    """The very objects that were there, after nested instruments too."""
    places = kit.program.places()
    before = [dict(vars(place)) for place in places]
    with kit.adapter.instrument(kit.control):
        outer = [dict(vars(place)) for place in places]
        assert all(one != other for one, other in zip(before, outer, strict=True))
        with kit.adapter.instrument(RecordingControl(kit.program.redirect)):
            pass
        assert outer == [dict(vars(place)) for place in places]
    assert before == [dict(vars(place)) for place in places]


async def instruments_nest(kit: Kit) -> None:
    """Two controls are both told, each of its own session."""
    inner = RecordingControl()
    with kit.adapter.instrument(kit.control), kit.adapter.instrument(inner):
        client = await kit.connect()
        with kit.control.request(), inner.request():
            await kit.execute(client, "GET", KEY)
        await kit.close(client)
    assert inner.texts() == kit.control.texts() == [f"GET {KEY}"]
    assert inner.calls[0].call.session != kit.control.calls[0].call.session


async def every_door_is_ours(kit: Kit) -> None:
    """Pools, pipelines and scripts lead to the other place, and what they do is announced."""
    with kit.adapter.instrument(kit.control):
        for door, use in kit.program.doors().items():
            kit.control.calls.clear()
            kit.control.asked.clear()
            with kit.control.request():
                await _done(use())
            told = [each for each in kit.commands() if KEY in each.call.text]
            assert len(told) == 1, f"{door}: {kit.control.texts()}"
            assert told[0].call.session is not None, door
            assert kit.control.asked, door
    assert not kit.control.escapes


Check = Callable[[Kit], Awaitable[None]]

CHECKS: tuple[Check, ...] = (
    commands_are_announced,
    errors_are_noted,
    nothing_is_announced_outside_of_requests,
    sessions_are_told,
    parking_delays_the_command,
    everything_is_put_back,
    instruments_nest,
    every_door_is_ours,
)


def run_check(check: Check, adapter: Database, program: Program) -> None:
    """Run one check; raises ``AssertionError`` if the adapter does not hold it."""

    async def checked() -> None:
        await check(Kit(adapter, program))

    asyncio.run(checked())


async def _done(result: Any) -> Any:
    return await result if inspect.isawaitable(result) else result
