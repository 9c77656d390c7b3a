"""Delivers volleys: opens connections, sends ahead what may be sent, releases, collects."""

from __future__ import annotations

import gc
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Self

from tocsin.probe.message import (
    Failure,
    Hold,
    Observation,
    Origin,
    Protocol,
    Reason,
    Result,
    Shot,
    Volley,
    Way,
)
from tocsin.probe.transports.base import Limits
from tocsin.probe.transports.dialer import Dialer
from tocsin.probe.transports.dialling import DialError
from tocsin.probe.transports.exchange import Exchange
from tocsin.probe.transports.pump import Pump, Wire
from tocsin.probe.transports.trust import Trust
from tocsin.probe.volley import connections, deal, held_at, order, releases

_RECENT = 8
"""Answers of which the quickest tells how long a server takes to take something in."""

_SHOT = 0.0005
"""Seconds that a server is given to take in what was sent ahead of each shot."""

_DIALERS = 16
"""Threads that open connections at a time."""


@dataclass(slots=True)
class _Salvo:
    """One volley under way: the wires, the exchange of each shot, and the wire it is on."""

    volley: Volley
    wires: Sequence[Wire]
    exchanges: dict[int, Exchange] = field(default_factory=dict)
    carriers: dict[int, Wire] = field(default_factory=dict)
    releasing: list[int] = field(default_factory=list)
    released: float = 0.0

    @property
    def over(self) -> bool:
        return all(each.over for each in self.exchanges.values())

    def stamp(self, places: Iterable[int], now: float) -> None:
        """Note the time for requests of which the last byte has left."""
        for place in places:
            exchange, wire = self.exchanges[place], self.carriers[place]
            if exchange.flushed and not exchange.sent and not wire.waiting:
                exchange.sent = now


class Delivery:
    """Keeps connections warm between volleys. A context manager that closes them.

    For one thread at a time. What servers do wrong ends in a `Failure` of the shot, never in an
    exception. Raises ``OSError`` at once if the certificates to trust cannot be read.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        trust: Trust | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.limits = limits or Limits()
        self._clock = clock
        self._dialer = Dialer(self.limits, trust or Trust(), clock)
        self._idle: dict[tuple[Origin, Protocol], list[Wire]] = {}
        self._spoken: dict[tuple[Origin, Protocol], Protocol] = {}
        self._took: dict[Origin, deque[float]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections; another volley would open new ones."""
        for wires in self._idle.values():
            for wire in wires:
                wire.close()
        self._idle.clear()

    def send(self, origin: Origin, shot: Shot, protocol: Protocol = Protocol.HTTP1) -> Result:
        """One request, sent whole."""
        return self.deliver(Volley(origin, (shot,), Way(protocol, Hold.WHOLE, 1))).results[0]

    def deliver(self, volley: Volley, pause: float = 0.0) -> Observation:
        """Send the shots as the volley says, and wait for every answer.

        ``pause``: hold back for so many seconds at least, or until all are answered nevertheless;
        what several requests need to arrive is waited for anyway.
        """
        if len(volley.shots) > 1 and volley.way.hold is not Hold.WHOLE:
            pause = max(pause, self._settling(volley.origin) + _SHOT * len(volley.shots))
        found = self._attempt(volley, pause, warm=True)
        # A connection kept from an earlier volley may end at any time; nothing was released then.
        found = found or self._attempt(volley, pause, warm=False) or _nothing(volley, None)
        took = self._took.setdefault(volley.origin, deque(maxlen=_RECENT))
        took.extend(one.first - one.sent for one in found.answers if one.first > one.sent > 0)
        return found

    def _settling(self, origin: Origin) -> float:
        """Whoever answers a whole request in a time takes in the head of one in it, too."""
        quickest: float = min(self._took.get(origin, ()), default=self.limits.pause)
        return min(self.limits.pause, quickest)

    def _attempt(self, volley: Volley, pause: float, *, warm: bool) -> Observation | None:
        """``None`` if a warm connection turned out to be gone before anything was released."""
        if not warm:
            self._drop(volley.origin)
        kept = self._kept(volley) if warm else []
        wires, trouble = self._wires(volley, kept)
        if not wires:
            return _nothing(volley, trouble)
        salvo = _Salvo(volley, wires)
        with Pump(wires, self._clock) as pump:
            try:
                self._load(salvo, pump, pause)
                if kept and any(_gone(salvo.exchanges[place]) for place in salvo.exchanges):
                    return None
                self._fire(salvo, pump)
                self._collect(salvo, pump)
            finally:
                self._keep(volley.origin, wires)
        return _observed(salvo, trouble)

    def _kept(self, volley: Volley) -> list[Wire]:
        """Connections that an earlier volley left open, and that still are."""
        wanted = (volley.origin, volley.way.protocol)
        spoken = self._spoken.get(wanted, volley.way.protocol)
        wires = self._idle.pop((volley.origin, spoken), [])
        with Pump(wires, self._clock) as pump:
            pump.until(lambda: False, 0.0)
        for wire in wires:
            if not wire.framing.reusable:
                wire.close()
        usable = [wire for wire in wires if not wire.closed]
        wanted_now = connections(replace(volley.way, protocol=spoken), len(volley.shots))
        self._keep(volley.origin, usable[wanted_now:])
        return usable[:wanted_now]

    def _wires(self, volley: Volley, kept: Sequence[Wire]) -> tuple[list[Wire], Failure | None]:
        """Enough connections for the shots, all of one protocol; or fewer, and why."""
        wires, trouble = list(kept), None
        shots = len(volley.shots)
        if not wires:
            wires, trouble = self._open(volley.origin, volley.way.protocol, 1)
        while wires and trouble is None:
            protocol = wires[0].framing.protocol
            self._spoken[volley.origin, volley.way.protocol] = protocol
            way = replace(volley.way, protocol=protocol)
            carried = sum(wire.framing.capacity for wire in wires)
            missing = connections(way, shots) - len(wires)
            if missing <= 0 and carried < shots:
                missing = -(-(shots - carried) // max(1, carried // len(wires)))
            missing = min(missing, self.limits.connections - len(wires))
            if missing <= 0:
                break
            more, trouble = self._open(volley.origin, protocol, missing)
            wires += more
        return wires, trouble

    def _open(
        self, origin: Origin, protocol: Protocol, count: int
    ) -> tuple[list[Wire], Failure | None]:
        """New connections that are ready to carry shots, and what went wrong with others."""
        wires: list[Wire] = []
        trouble: Failure | None = None
        with ThreadPoolExecutor(min(count, _DIALERS)) as pool:
            for dialed in [pool.submit(self._dialer.dial, origin, protocol) for _ in range(count)]:
                try:
                    wires.append(dialed.result())
                except DialError as error:
                    trouble = Failure(error.reason, error.detail)
        with Pump(wires, self._clock) as pump:
            pump.until(
                lambda: all(wire.framing.ready or wire.framing.trouble for wire in wires),
                self._clock() + self.limits.connect,
            )
        for wire in wires:
            if not wire.framing.ready:
                wire.close()
                trouble = Failure(*(wire.framing.trouble or (Reason.TIMEOUT, "no greeting")))
        return [wire for wire in wires if wire.framing.ready], trouble

    def _load(self, salvo: _Salvo, pump: Pump, pause: float) -> None:
        """Send ahead what may be sent, and let it arrive."""
        volley = salvo.volley
        hands = deal(order(volley), [wire.framing.capacity for wire in salvo.wires])
        for wire, hand in zip(salvo.wires, hands, strict=True):
            if hand:
                shots = [volley.shots[place] for place in hand]
                exchanges = wire.framing.load(shots, volley.way.hold)
                salvo.exchanges.update(zip(hand, exchanges, strict=True))
                salvo.carriers.update(dict.fromkeys(hand, wire))
        framings = [wire.framing for wire in salvo.wires]
        pump.until(
            lambda: all(each.settled or each.trouble for each in framings),
            self._clock() + self.limits.settle,
        )
        if not pause:
            return  # nothing has to meet
        trip = max(wire.trip for wire in salvo.wires)
        pump.until(lambda: salvo.over, self._clock() + max(pause, 2 * trip))

    def _fire(self, salvo: _Salvo, pump: Pump) -> None:
        with _undisturbed():
            self._wake(salvo, pump)
            salvo.released = began = self._clock()
            for offset, places in releases(salvo.volley):
                if offset:
                    pump.until(lambda: False, began + offset, exactly=True)
                self._release(salvo, pump, places)

    def _wake(self, salvo: _Salvo, pump: Pump) -> None:
        """A byte on each connection that completes nothing: the server is awake when it counts."""
        wires = list(dict.fromkeys(salvo.carriers.values()))
        if len(wires) > 1:
            for wire in wires:
                wire.framing.nudge()
            pump.release(wires)

    def _release(self, salvo: _Salvo, pump: Pump, places: Sequence[int]) -> None:
        """Release these shots now: one write for each connection."""
        batches: dict[Wire, list[int]] = {}
        for place in places:
            if place in salvo.exchanges and not salvo.exchanges[place].over:
                batches.setdefault(salvo.carriers[place], []).append(place)
        for wire, batch in batches.items():
            wire.framing.release([salvo.exchanges[place] for place in batch])
        times = pump.release(list(batches))
        for batch, sent in zip(batches.values(), times, strict=True):
            salvo.stamp(batch, sent)
            salvo.releasing += batch

    def _collect(self, salvo: _Salvo, pump: Pump) -> None:
        """Wait for the answers. Windows and full buffers may still hold back parts of requests."""

        def over() -> bool:
            salvo.stamp(salvo.releasing, self._clock())
            return salvo.over

        pump.until(over, self._clock() + self.limits.answer)

    def _drop(self, origin: Origin) -> None:
        for protocol in Protocol:
            for wire in self._idle.pop((origin, protocol), []):
                wire.close()

    def _keep(self, origin: Origin, wires: Sequence[Wire]) -> None:
        for wire in wires:
            if wire.framing.reusable and not wire.closed:
                self._idle.setdefault((origin, wire.framing.protocol), []).append(wire)
            else:
                wire.close()


def _gone(exchange: Exchange) -> bool:
    return exchange.reason in {Reason.CLOSED, Reason.GOAWAY}


def _nothing(volley: Volley, trouble: Failure | None) -> Observation:
    failure = trouble or Failure(Reason.CLOSED)
    return Observation(volley, (failure,) * len(volley.shots), volley.way, 0.0)


def _observed(salvo: _Salvo, trouble: Failure | None) -> Observation:
    volley = salvo.volley
    results = tuple(
        salvo.exchanges[place].result()
        if place in salvo.exchanges
        else trouble or _uncarried(salvo)
        for place in range(len(volley.shots))
    )
    used = set(salvo.carriers.values())
    protocol = next((wire.framing.protocol for wire in used), volley.way.protocol)
    way = Way(protocol, held_at(protocol, volley), len(used))
    return Observation(volley, results, way, salvo.released)


def _uncarried(salvo: _Salvo) -> Failure:
    """Why a shot was dealt to nobody."""
    if salvo.wires[0].framing.protocol is Protocol.HTTP1:
        return Failure(Reason.CONNECTIONS, f"{len(salvo.wires)} are open")
    return Failure(Reason.STREAMS)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """No garbage collection in between: it takes milliseconds."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
