"""Moves bytes between framings and sockets, in one thread, until something has happened."""

from __future__ import annotations

import selectors
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol as Interface
from typing import Self

from tocsin.probe.transports.base import Framing
from tocsin.probe.transports.dialling import Clock

_GRAIN = 0.002
"""Selectors wait for whole milliseconds."""


class Wire(Interface):
    """A connection of a driver."""

    trip: float
    closed: bool

    @property
    def framing(self) -> Framing: ...

    @property
    def waiting(self) -> bool: ...

    def fileno(self) -> int: ...

    def fill(self, now: float) -> None: ...

    def write(self) -> None: ...

    def read(self, clock: Clock) -> None: ...

    def close(self) -> None: ...


class Pump:
    """The wires of one volley. A context manager: it leaves the wires open."""

    def __init__(self, wires: Iterable[Wire], clock: Clock) -> None:
        self._clock = clock
        self._wires = list(wires)
        self._events: dict[Wire, int] = {}
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._selector.close()

    def until(
        self, condition: Callable[[], bool], deadline: float, *, exactly: bool = False
    ) -> bool:
        """Pump until ``condition`` holds; False if it does not at ``deadline``.

        What is there to be read and written is, once, even if the deadline has passed. ``exactly``
        spends the last milliseconds awake.
        """
        passed = False
        while True:
            self._fill()
            if condition():
                return True
            now = self._clock()
            if now >= deadline and passed:
                return False
            if not (self._events or exactly):
                return False
            passed = True
            early = _GRAIN if exactly else 0.0
            self._pass(max(0.0, self._next(deadline) - now - early))

    def release(self, wires: Sequence[Wire]) -> list[float]:
        """Write to these wires, as close together as can be. Gives the times after each write."""
        for wire in wires:
            wire.fill(self._clock())
        clock = self._clock
        times = []
        for wire in wires:
            wire.write()
            times.append(clock())
        return times

    def _fill(self) -> None:
        for wire in self._wires:
            if wire.closed:
                self._forget(wire)
                continue
            wire.fill(self._clock())
            wire.write()
            self._watch(wire, selectors.EVENT_READ | selectors.EVENT_WRITE * wire.waiting)

    def _pass(self, timeout: float) -> None:
        for key, events in self._selector.select(timeout):
            wire: Wire = key.data
            if events & selectors.EVENT_READ:
                wire.read(self._clock)
            if wire.closed:
                self._forget(wire)
        now = self._clock()
        for wire in self._events:
            timer = wire.framing.timer()
            if timer is not None and timer <= now:
                wire.framing.tick(now)

    def _next(self, deadline: float) -> float:
        timers = [timer for wire in self._events if (timer := wire.framing.timer()) is not None]
        return min(deadline, *timers) if timers else deadline

    def _watch(self, wire: Wire, events: int) -> None:
        known = self._events.get(wire)
        if known is None:
            self._selector.register(wire, events, wire)
        elif known != events:
            self._selector.modify(wire, events, wire)
        self._events[wire] = events

    def _forget(self, wire: Wire) -> None:
        if self._events.pop(wire, None) is None:
            return
        # Its socket is closed, and with it its number: the selector still knows the object.
        self._selector.unregister(wire)
