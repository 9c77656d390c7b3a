"""An event loop that says when it is idle, and whose clock can be moved on."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from typing import Any

from tocsin.explore.strand import CURRENT


class _IdleSelector(selectors.DefaultSelector):
    """Asks ``idle`` before it blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.idle: Callable[[], bool] = lambda: False

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0:
            return super().select(0)
        # An answer that is there already is no idleness, and the usual case is that none is.
        return super().select(0) or super().select(0 if self.idle() else timeout)


class ExploreLoop(asyncio.SelectorEventLoop):
    """A selector loop with an idle hook and virtual time for the requests' own timers."""

    def __init__(self) -> None:
        self._ahead = 0.0
        selector = _IdleSelector()
        super().__init__(selector)
        selector.idle = self._idle
        self.on_idle: Callable[[], bool] = lambda: False

    def time(self) -> float:
        return super().time() + self._ahead

    def _idle(self) -> bool:
        ready: Any = self._ready  # type: ignore[attr-defined]
        return self.on_idle() or bool(ready)

    def skip_to_timer(self, run: object) -> bool:
        """Move the clock to the next timer that a request of this run waits for, if any."""
        timers: list[asyncio.TimerHandle] = self._scheduled  # type: ignore[attr-defined]
        own = [t.when() for t in timers if not t.cancelled() and _belongs(t, run)]
        if not own:
            return False
        self._ahead += max(0.0, min(own) - self.time())
        return True

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
