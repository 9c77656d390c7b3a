"""Drives a coroutine so that it can be stopped anywhere: at its awaits, and in synchronous code.

The coroutine runs inside a greenlet. When code in it must be parked, it switches back here, and
the pump awaits a future in its place: the event loop goes on with other requests, exactly as if
another worker process served them. (SQLAlchemy's asyncio extension works the same way round.)
"""

from __future__ import annotations

import asyncio
import types
from collections.abc import Callable, Coroutine, Generator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from greenlet import getcurrent, greenlet

from tocsin.explore.strand import Strand

Stepping = Callable[[], AbstractContextManager[None]]


@dataclass(slots=True)
class _Yielded:
    """The coroutine is suspended on ``value`` (a future, or ``None`` for a bare yield)."""

    value: object


@dataclass(slots=True)
class _Returned:
    value: object


@dataclass(slots=True)
class _Stopped:
    """Code inside the coroutine is parked until ``future`` is done; then switch to ``where``."""

    future: asyncio.Future[None]
    where: greenlet


class LoopParking:
    """Parks code that runs in the event loop's thread, inside a pumped coroutine."""

    __slots__ = ("_future", "_hub", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop, hub: greenlet) -> None:
        self._loop, self._hub = loop, hub
        self._future: asyncio.Future[None] = loop.create_future()

    def wait(self) -> None:
        if not self._future.done():
            self._hub.switch(_Stopped(self._future, getcurrent()))

    def release(self) -> None:
        try:
            inside = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            inside = False
        if inside:
            self._done()
        else:
            self._loop.call_soon_threadsafe(self._done)

    def _done(self) -> None:
        if not self._future.done():
            self._future.set_result(None)


@types.coroutine
def pump(
    coroutine: Coroutine[Any, Any, Any],
    strand: Strand,
    woken: Callable[[], None],
    stepping: Stepping = nullcontext,
) -> Generator[object, Any, Any]:
    """Run the coroutine to its end on behalf of a strand, and return what it returns.

    ``woken`` is called inside the coroutine's greenlet each time something it awaited has come,
    before any of its code runs; every step of it is made within ``stepping()``.
    """
    loop = asyncio.get_running_loop()
    hub = getcurrent()
    strand.park = lambda: LoopParking(loop, hub)
    inner = greenlet(_drive)
    inner.gr_context = hub.gr_context
    message = _into(inner, stepping, coroutine, hub, woken, stepping)
    cancelled: asyncio.CancelledError | None = None
    while not isinstance(message, _Returned):
        if isinstance(message, _Stopped):
            strand.awaiting = None
            cancelled = (yield from _until(message.future)) or cancelled
            message = _into(message.where, stepping)
            continue
        if cancelled is not None:
            _cancel_again(cancelled)
            cancelled = None
        strand.awaiting = _readiness(message.value)
        try:
            answer, error = (yield message.value), None
        except BaseException as thrown:  # noqa: BLE001 - cancellation belongs to the coroutine
            answer, error = None, thrown
        strand.awaiting = None
        message = _into(inner, stepping, (answer, error))
    return message.value


def _into(where: greenlet, stepping: Stepping, *message: object) -> Any:
    """Switch to a greenlet; what it does until it comes back is a step."""
    # Here as well as inside: the one that is switched to may have been left in the middle of one.
    with stepping():
        return where.switch(*message)


def _until(
    parked: asyncio.Future[None],
) -> Generator[object, Any, asyncio.CancelledError | None]:
    """Wait until parked code is let go. It is synchronous: a cancellation reaches it later."""
    cancelled = None
    while not parked.done():
        turn = parked.get_loop().create_future()
        parked.add_done_callback(lambda _, turn=turn: turn.done() or turn.set_result(None))  # type: ignore[misc]
        try:
            yield from turn
        except asyncio.CancelledError as error:
            cancelled = error
    return cancelled


def _cancel_again(error: asyncio.CancelledError) -> None:
    """Let a cancellation that came too early arrive at the next await."""
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()
        task.cancel(*error.args)


def _drive(
    coroutine: Coroutine[Any, Any, Any],
    hub: greenlet,
    woken: Callable[[], None],
    stepping: Stepping,
) -> _Returned:
    """Inside the greenlet: step the coroutine, hand what it yields to the pump."""
    answer: object = None
    error: BaseException | None = None
    while True:
        try:
            with stepping():
                value = coroutine.send(answer) if error is None else coroutine.throw(error)
        except StopIteration as stop:
            return _Returned(stop.value)
        answer, error = hub.switch(_Yielded(value))
        if not isinstance(error, GeneratorExit):
            woken()


def _readiness(value: object) -> Callable[[], bool]:
    done = getattr(value, "done", None)
    return done if callable(done) else lambda: True
