"""Conformance kit for database adapters: what an adapter must hold for a verdict to mean anything.

Write a `Program` for the driver, and let pytest run each check of `CHECKS` (or all of them, with
`check_store`) against a real database::

    @pytest.mark.parametrize("check", CHECKS)
    def test_conforms(check, program):
        run_check(check, adapter, program)

The database the program asks for does not exist; the one it is redirected to holds a table
``tocsin_check (id integer primary key, n integer)`` with the rows of `ROWS`.
"""

from __future__ import annotations

import asyncio
import inspect
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from contextvars import Context
from typing import Any

from tocsin.model.history import OpKind
from tocsin.stores.registry import Database
from tocsin.testing.recording import Recorded, RecordingControl

ROWS = ((1, 10), (2, 20))
SCHEMA = "CREATE TABLE tocsin_check (id integer primary key, n integer)"
FILL = "INSERT INTO tocsin_check VALUES (1, 10), (2, 20)"

_ENDS = (OpKind.COMMIT, OpKind.ROLLBACK)


class Program(ABC):
    """How the kit speaks through the driver. Every method may be a coroutine function.

    ``database`` is what the program connects to, ``redirect`` where that leads, ``parameter`` how
    the driver writes its n-th placeholder (``"?"``, ``"%s"``, ``"${n}"``).
    """

    database: str
    redirect: Mapping[str, str]
    parameter: str = "%s"

    @abstractmethod
    def connect(self) -> Any:
        """Open a connection to ``database`` through the driver's plainest door."""

    @abstractmethod
    def execute(self, connection: Any, sql: str, *parameters: object) -> Any:
        """Execute inside of a transaction, begun if need be; give the rows, if there are any."""

    @abstractmethod
    def commit(self, connection: Any) -> Any: ...

    @abstractmethod
    def rollback(self, connection: Any) -> Any: ...

    @abstractmethod
    def close(self, connection: Any) -> Any: ...

    @abstractmethod
    def look(self) -> list[tuple[Any, ...]]:
        """The committed rows of the table, read past the driver or before it was instrumented."""

    @abstractmethod
    def places(self) -> tuple[object, ...]:
        """The modules and classes that the adapter patches."""

    def doors(self) -> Mapping[str, Callable[[], Any]]:
        """Other ways to a connection (pools, ORMs): each executes one ``SELECT … tocsin_check``."""
        return {}

    def sql(self, text: str) -> str:
        """``text`` with ``{}`` for its values, in the driver's style."""
        return text.format(*(self.parameter.format(n=n) for n in range(1, 10)))


class Kit:
    """One adapter, one program, one control."""

    def __init__(self, adapter: Database, program: Program) -> None:
        self.adapter = adapter
        self.program = program
        self.control = RecordingControl(program.redirect)

    async def connect(self) -> Any:
        return await _done(self.program.connect())

    async def execute(self, connection: Any, text: str, *parameters: object) -> Any:
        sql = self.program.sql(text)
        return await _done(self.program.execute(connection, sql, *parameters))

    async def commit(self, connection: Any) -> None:
        await _done(self.program.commit(connection))

    async def rollback(self, connection: Any) -> None:
        await _done(self.program.rollback(connection))

    async def close(self, connection: Any) -> None:
        await _done(self.program.close(connection))

    def statements(self) -> list[Recorded]:
        return [each for each in self.control.calls if each.call.kind is OpKind.STATEMENT]


async def statements_are_announced(kit: Kit) -> None:
    """Once each, with text, parameters, session and row count."""
    with kit.adapter.instrument(kit.control):
        connection = await kit.connect()
        with kit.control.request():
            await kit.execute(connection, "UPDATE tocsin_check SET n = {} WHERE id = {}", 11, 1)
            rows = await kit.execute(connection, "SELECT n FROM tocsin_check WHERE id = {}", 1)
            await kit.commit(connection)
        await kit.close(connection)
    assert [tuple(row) for row in rows] == [(11,)]
    update, select = kit.statements()
    assert update.call.text == kit.program.sql("UPDATE tocsin_check SET n = {} WHERE id = {}")
    assert _values(update.call.parameters) == [11, 1]
    assert _values(select.call.parameters) == [1]
    assert update.call.in_transaction
    assert not update.call.autocommit
    assert update.call.pauses
    assert update.rows == 1
    assert update.call.session is not None
    assert all(each.call.session == update.call.session for each in kit.control.calls)
    assert all(each.ended for each in kit.control.calls)
    assert not kit.control.escapes


async def ends_are_announced(kit: Kit) -> None:
    """COMMIT and ROLLBACK exactly when there is something to end."""
    with kit.adapter.instrument(kit.control):
        connection = await kit.connect()
        with kit.control.request():
            await kit.commit(connection)
            await kit.rollback(connection)
            assert not kit.control.texts(*_ENDS)
            await kit.execute(connection, "UPDATE tocsin_check SET n = {} WHERE id = {}", 1, 1)
            await kit.rollback(connection)
            await kit.execute(connection, "UPDATE tocsin_check SET n = {} WHERE id = {}", 2, 2)
            await kit.commit(connection)
            await kit.commit(connection)
        await kit.close(connection)
    ends = [each.call for each in kit.control.calls if each.call.kind in _ENDS]
    assert [call.kind for call in ends] == [OpKind.ROLLBACK, OpKind.COMMIT]
    assert all(call.in_transaction and call.pauses for call in ends)
    assert kit.program.look() == [(1, 10), (2, 2)]


async def errors_are_noted(kit: Kit) -> None:
    """A call that raised remembers the very exception the program saw."""
    with kit.adapter.instrument(kit.control):
        connection = await kit.connect()
        raised: BaseException | None = None
        with kit.control.request():
            try:
                await kit.execute(connection, "INSERT INTO tocsin_check VALUES ({}, {})", 1, 1)
            except Exception as error:  # noqa: BLE001  # every driver has its own
                raised = error
            await kit.rollback(connection)
        await kit.close(connection)
    assert raised is not None
    assert [each.error for each in kit.statements()] == [raised]


async def nothing_is_announced_outside_of_requests(kit: Kit) -> None:
    """Set-up code runs as ever."""
    with kit.adapter.instrument(kit.control):
        connection = await kit.connect()
        await kit.execute(connection, "UPDATE tocsin_check SET n = {} WHERE id = {}", 1, 1)
        await kit.commit(connection)
        await kit.close(connection)
    assert kit.control.calls == []
    assert kit.program.look() == [(1, 1), (2, 20)]


async def sessions_are_told(kit: Kit) -> None:
    """Opened with what the program asked for, led to the other place, closed once."""
    with kit.adapter.instrument(kit.control):
        connection = await kit.connect()
        (session,) = kit.control.open.values()
        other = await kit.connect()
        assert len(kit.control.open) == 2
        await kit.close(connection)
        await _settled(lambda: session.key not in kit.control.open)
        await kit.close(other)
        await _settled(lambda: not kit.control.open)
    assert kit.control.asked == [kit.program.database] * 2
    assert session.store.partition(":")[2] in kit.program.database
    assert not kit.control.open


async def parking_delays_the_statement(kit: Kit) -> None:
    """While a call is announced, nothing of it has reached the database."""
    seen: list[tuple[OpKind, list[tuple[Any, ...]]]] = []
    kit.control.parked = lambda each: seen.append((each.call.kind, kit.program.look()))
    with kit.adapter.instrument(kit.control):
        connection = await kit.connect()
        with kit.control.request():
            await kit.execute(connection, "UPDATE tocsin_check SET n = {} WHERE id = {}", 99, 1)
            await kit.commit(connection)
        after = Context().run(kit.program.look)
        await kit.close(connection)
    assert seen
    assert seen[-1][0] is OpKind.COMMIT
    assert all(rows == list(ROWS) for _, rows in seen)
    assert after == [(1, 99), (2, 20)]


async def everything_is_put_back(kit: Kit) -> None:
    """The very objects that were there, after nested instruments too."""
    places = kit.program.places()
    before = [dict(vars(place)) for place in places]
    with kit.adapter.instrument(kit.control):
        outer = [dict(vars(place)) for place in places]
        assert any(map(_differ, before, outer))
        with kit.adapter.instrument(RecordingControl(kit.program.redirect)):
            pass
        assert not any(map(_differ, outer, (vars(place) for place in places)))
    assert not any(map(_differ, before, (vars(place) for place in places)))


async def instruments_nest(kit: Kit) -> None:
    """Two controls are both told, each of its own session."""
    inner = RecordingControl()
    with kit.adapter.instrument(kit.control), kit.adapter.instrument(inner):
        connection = await kit.connect()
        with kit.control.request(), inner.request():
            await kit.execute(connection, "SELECT n FROM tocsin_check WHERE id = {}", 1)
            await kit.commit(connection)
        await kit.close(connection)
        await _settled(lambda: not kit.control.open and not inner.open)
    assert inner.texts() == kit.control.texts() != []
    ours = {each.call.session for each in kit.control.calls}
    theirs = {each.call.session for each in inner.calls}
    assert len(ours) == len(theirs) == 1
    assert ours.isdisjoint(theirs)


async def every_door_is_ours(kit: Kit) -> None:
    """Pools and ORMs connect to the other place, and what they execute is announced."""
    with kit.adapter.instrument(kit.control):
        for door, use in kit.program.doors().items():
            kit.control.calls.clear()
            kit.control.asked.clear()
            with kit.control.request():
                await _done(use())
            told = [each for each in kit.statements() if "tocsin_check" in each.call.text]
            assert len(told) == 1, f"{door}: {kit.control.texts()}"
            assert told[0].call.session is not None, door
            assert kit.program.database in kit.control.asked, door
    assert not kit.control.escapes


Check = Callable[[Kit], Awaitable[None]]

CHECKS: tuple[Check, ...] = (
    statements_are_announced,
    ends_are_announced,
    errors_are_noted,
    nothing_is_announced_outside_of_requests,
    sessions_are_told,
    parking_delays_the_statement,
    everything_is_put_back,
    instruments_nest,
    every_door_is_ours,
)


def run_check(check: Check, adapter: Database, program: Program) -> None:
    """Run one check; raises ``AssertionError`` if the adapter does not hold it.

    The table must be as `SCHEMA` and `FILL` leave it.
    """

    async def checked() -> None:
        await check(Kit(adapter, program))

    asyncio.run(checked())


def check_store(adapter: Database, fresh: Callable[[], Program]) -> None:
    """Run all checks, each with a program whose database is ``fresh``."""
    for check in CHECKS:
        run_check(check, adapter, fresh())


async def _done(result: Any) -> Any:
    return await result if inspect.isawaitable(result) else result


async def _settled(condition: Callable[[], bool]) -> None:
    """Let the loop turn until a transport has noticed its end."""
    for _ in range(100):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("the end of a connection was not told")


def _values(parameters: object) -> list[object]:
    assert isinstance(parameters, tuple | list), parameters
    return list(parameters)


def _differ(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    return one.keys() != other.keys() or any(one[key] is not other[key] for key in one)
