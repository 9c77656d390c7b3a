"""An event loop that says when it is idle, and whose clock can be moved on."""

from __future__ import annotations

import _socket
import asyncio
import selectors
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tocsin.explore.strand import CURRENT

_monotonic = time.monotonic

_PATIENCE = 1.0
"""Seconds in which tasks have to end when the loop does."""


class _IdleSelector(selectors.DefaultSelector):
    """Asks ``idle`` before it blocks, unless a thread is ``at_work`` for the one who runs."""

    def __init__(self) -> None:
        super().__init__()
        self.idle: Callable[[], bool] = lambda: False
        self.at_work: Callable[[], bool] = lambda: False

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0:
            return super().select(0)
        if self.at_work():
            return super().select(timeout)
        # An answer that is there already is no idleness, and the usual case is that none is.
        return super().select(0) or super().select(0 if self.idle() else timeout)


class ExploreLoop(asyncio.SelectorEventLoop):
    """A selector loop with an idle hook and virtual time for the requests' own timers."""

    def __init__(self) -> None:
        self._ahead = 0.0
        selector = _IdleSelector()
        super().__init__(selector)
        selector.idle = self._idle
        selector.at_work = self._working
        self.on_idle: Callable[[], bool] = lambda: False
        self.at_work: Callable[[], bool] = lambda: False

    def time(self) -> float:
        return _monotonic() + self._ahead

    def _write_to_self(self) -> None:
        # Waking the loop is nobody's traffic: it goes past what watches sockets.
        wake: Any = self._csock  # type: ignore[attr-defined]
        if wake is not None:
            with suppress(OSError):
                _socket.socket.send(wake, b"\0")

    def _idle(self) -> bool:
        ready: Any = self._ready  # type: ignore[attr-defined]
        return self.on_idle() or bool(ready)

    def _working(self) -> bool:
        return self.at_work()

    def skip_to_timer(self, run: object) -> bool:
        """Move the clock to the next timer that a request of this run waits for, if any."""
        timers: list[asyncio.TimerHandle] = self._scheduled  # type: ignore[attr-defined]
        own = [t.when() for t in timers if not t.cancelled() and _belongs(t, run)]
        if not own:
            return False
        self._ahead += max(0.0, min(own) - self.time())
        return True

    def finish(self) -> None:
        """Cancel the tasks that are left, as `asyncio.run` does, and close the loop.

        Those that will not end are forgotten without a word: they were the app's own.
        """
        self.on_idle = lambda: False
        left = asyncio.all_tasks(self)
        for task in left:
            task.cancel()
        if left:
            self.run_until_complete(asyncio.wait(left, timeout=_PATIENCE))
        for task in left:
            if not task.done():
                task._log_destroy_pending = False  # type: ignore[attr-defined]
            elif not task.cancelled():
                task.exception()  # asked for, so that nobody complains that nobody did
        self.run_until_complete(self.shutdown_asyncgens())
        self.close()

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Any, *args: Any
    ) -> asyncio.Future[Any]:
        """As usual, but the caller's strand is known to have work under way."""
        strand = CURRENT.get()
        if strand is None:
            return super().run_in_executor(executor, func, *args)
        strand.flights += 1
        future = super().run_in_executor(executor, func, *args)

        def landed(_: object) -> None:
            strand.flights -= 1

        future.add_done_callback(landed)
        return future


def _belongs(timer: asyncio.TimerHandle, run: object) -> bool:
    context: Any = timer._context  # type: ignore[attr-defined]
    strand = context.get(CURRENT)
    return strand is not None and strand.run is run
