"""HTTP/1.1 (RFC 9112), one request at a time: last-byte sync."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import h11

from tocsin.probe.message import Hold, Origin, Protocol, Reason, Shot
from tocsin.probe.transports.base import (
    Limits,
    Transport,
    authority,
    fields,
    has_length,
    unsendable,
)
from tocsin.probe.transports.exchange import BEFORE, Exchange

HELD = 2
"""Bytes that are held back: the last one completes the request, the one before it only wakes."""


class Http1:
    """A `Framing`. Serialises the request whole, then cuts it where it is held."""

    protocol = Protocol.HTTP1

    def __init__(self, origin: Origin, limits: Limits) -> None:
        self._origin = origin
        self._limits = limits
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=limits.head)
        self._exchange: Exchange | None = None
        self._out: list[bytes] = []
        self._rest = b""
        self._sleeping = False
        self._broken = False
        self.trouble: tuple[Reason, str] | None = None

    @property
    def ready(self) -> bool:
        return not self._broken

    @property
    def capacity(self) -> int:
        return int(self.reusable)

    @property
    def settled(self) -> bool:
        return not self._out

    @property
    def reusable(self) -> bool:
        over = self._exchange is None or (self._exchange.over and self._exchange.flushed)
        return over and not self._broken

    def open(self, now: float) -> None:
        """There is nothing to say first."""

    def load(self, shots: Sequence[Shot], hold: Hold) -> list[Exchange]:
        (shot,) = shots
        if self._exchange is not None:
            self._h11.start_next_cycle()
        self._exchange = exchange = Exchange(shot, self._limits.body)
        try:
            head, body = self._serialised(shot)
        except h11.LocalProtocolError as error:
            self._broken = True
            exchange.fail(Reason.REQUEST, str(error), BEFORE)
            return [exchange]
        whole = head + body
        cut = {Hold.WHOLE: 0, Hold.LAST_HEADER_BYTES: len(head) - HELD}.get(
            hold, len(whole) - min(HELD, len(body) or HELD)
        )
        self._rest = whole[cut:]
        self._sleeping = hold is not Hold.WHOLE and len(self._rest) >= HELD
        self._out += [whole[:cut]] if cut else []
        return [exchange]

    def nudge(self) -> None:
        if self._sleeping and not self._broken:
            self._out.append(self._rest[:1])
            self._rest = self._rest[1:]
            self._sleeping = False

    def release(self, exchanges: Iterable[Exchange]) -> None:
        for exchange in exchanges:
            if exchange is self._exchange and self._rest and not self._broken:
                self._out.append(self._rest)
                self._rest, self._sleeping = b"", False
                exchange.flushed = True

    def take(self) -> list[bytes]:
        out, self._out = self._out, []
        return out

    def receive(self, data: bytes, now: float) -> None:
        if self._broken:
            return
        if self._exchange is None or self._exchange.over:
            # Nobody asked: a time-out of the server, or bytes too many of the answer before.
            self._broken = True
            return
        self._feed(self._exchange, data, now)

    def end(self, now: float) -> None:
        if not self._broken and self._exchange and not self._exchange.over:
            self._feed(self._exchange, b"", now)
        self._fail(Reason.CLOSED, "", now)

    def timer(self) -> float | None:
        return None

    def tick(self, now: float) -> None:
        """There are no timers in HTTP/1.1."""

    def _serialised(self, shot: Shot) -> tuple[bytes, bytes]:
        if problem := unsendable(shot):
            raise h11.LocalProtocolError(problem)
        headers = [(b"Host", authority(self._origin, shot)), *fields(shot)]
        if has_length(shot):
            headers.append((b"Content-Length", str(len(shot.body)).encode()))
        request = h11.Request(method=shot.method, target=shot.target, headers=headers)
        head = self._h11.send(request) or b""
        body = self._h11.send(h11.Data(shot.body)) if shot.body else b""
        return head, (body or b"") + (self._h11.send(h11.EndOfMessage()) or b"")

    def _feed(self, exchange: Exchange, data: bytes, now: float) -> None:
        try:
            self._h11.receive_data(data)
            while not exchange.over:
                event = self._h11.next_event()
                if event is h11.NEED_DATA or event is h11.PAUSED:
                    return
                self._handle(exchange, event, now)
        except h11.RemoteProtocolError as error:
            # h11 says the same of an end in the middle and of bytes that are none of HTTP.
            if data:
                self._fail(Reason.GARBAGE, str(error), now)
            else:
                self._fail(Reason.CLOSED, "in the middle of the answer", now)

    def _handle(self, exchange: Exchange, event: object, now: float) -> None:
        if isinstance(event, h11.Response):
            exchange.head(event.status_code, list(event.headers), now)
        elif isinstance(event, h11.Data):
            self._broken |= not exchange.data(bytes(event.data), now)
        elif isinstance(event, h11.EndOfMessage):
            exchange.end(now)
            self._broken |= self._h11.their_state is not h11.DONE
            self._broken |= self._h11.our_state is not h11.DONE
            self._broken |= bool(self._h11.trailing_data[0])
        elif isinstance(event, h11.ConnectionClosed):
            self._fail(Reason.CLOSED, "", now)

    def _fail(self, reason: Reason, detail: str, now: float) -> None:
        self._broken = True
        self.trouble = self.trouble or (reason, detail)
        if self._exchange is not None:
            self._exchange.fail(reason, detail, now)


HTTP1 = Transport(Protocol.HTTP1, (Hold.END_STREAM, Hold.LAST_HEADER_BYTES, Hold.WHOLE), Http1)
