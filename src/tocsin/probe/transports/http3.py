"""HTTP/3 (RFC 9114) over QUIC: what is held back of every request leaves in one datagram."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aioquic.h3.connection import H3Connection
from aioquic.h3.events import DataReceived, H3Event, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import (
    ConnectionTerminated,
    HandshakeCompleted,
    PingAcknowledged,
    QuicEvent,
    StreamReset,
)
from aioquic.quic.packet import QuicErrorCode

from tocsin.probe.message import Hold, Origin, Protocol, Reason, Shot
from tocsin.probe.transports.base import Limits, Transport, section, unsendable
from tocsin.probe.transports.exchange import BEFORE, Exchange
from tocsin.probe.transports.trust import Trust

_STREAMS = 100
"""Streams at a time: RFC 9114 section 6.1 asks servers for at least so many."""
_PEER = ("server", 0)
"""QUIC wants an address to compare with; the driver's socket has but one."""
_CANCELLED = 0x10C
"""H3_REQUEST_CANCELLED."""
_ALERTS = range(0x100, 0x200)
"""Errors that are alerts of TLS (RFC 9001 section 4.8)."""


class _Quic(QuicConnection):
    """A connection that can be asked what would be sent on a stream, instead of sending it."""

    tapped: int | None = None
    """The stream whose bytes are kept in ``bytes_tapped``."""
    bytes_tapped = b""
    problem: tuple[int, str] | None = None
    """Code and words of an error for which this side closed the connection."""

    def send_stream_data(self, stream_id: int, data: bytes, end_stream: bool = False) -> None:  # noqa: FBT001, FBT002
        if stream_id == self.tapped:
            self.bytes_tapped += data
        else:
            super().send_stream_data(stream_id, data, end_stream)

    def close(
        self,
        error_code: int = QuicErrorCode.NO_ERROR,
        frame_type: int | None = None,
        reason_phrase: str = "",
    ) -> None:
        if error_code and self.problem is None:
            self.problem = (int(error_code), reason_phrase or f"code {error_code:#x}")
        super().close(error_code, frame_type, reason_phrase)


@dataclass(slots=True, eq=False)
class _Request:
    """What is not sent yet of a request, and whether it may be."""

    exchange: Exchange
    stream: int
    rest: bytes
    released: bool = False


class Http3:
    """A `Framing` whose pieces are datagrams. ``now`` is the driver's, and kept up to date."""

    protocol = Protocol.HTTP3

    def __init__(self, origin: Origin, limits: Limits, trust: Trust | None = None) -> None:
        trust = trust or Trust()
        cafile, capath = trust.places
        configuration = QuicConfiguration(
            is_client=True,
            alpn_protocols=[Protocol.HTTP3.value],
            server_name=origin.host,
            verify_mode=ssl.CERT_REQUIRED if trust.verify else ssl.CERT_NONE,
            cafile=cafile,
            capath=capath,
            idle_timeout=limits.connect + limits.settle + limits.answer,
        )
        self.now = 0.0
        self.trouble: tuple[Reason, str] | None = None
        self._origin = origin
        self._limits = limits
        self._quic = _Quic(configuration=configuration)
        self._h3: H3Connection | None = None
        self._requests: dict[Exchange, _Request] = {}
        self._streams: dict[int, Exchange] = {}
        self._pings = 0
        self._ahead = self._pinged = False

    @property
    def ready(self) -> bool:
        return self._h3 is not None and self.trouble is None

    @property
    def capacity(self) -> int:
        return _STREAMS - self._unfinished if self.ready else 0

    @property
    def settled(self) -> bool:
        return not self._ahead and not self._pinged

    @property
    def reusable(self) -> bool:
        return self.ready and not self._unfinished

    def open(self, now: float) -> None:
        self.now = now
        self._quic.connect(_PEER, now)

    def load(self, shots: Sequence[Shot], hold: Hold) -> list[Exchange]:
        exchanges = [Exchange(shot, self._limits.body) for shot in shots]
        self._requests.clear()
        self._streams.clear()
        for exchange in exchanges:
            self._begin(exchange, hold)
        self._ahead = True
        return exchanges

    def nudge(self) -> None:
        """A connection's requests leave together: whoever is woken finds all of them."""

    def release(self, exchanges: Iterable[Exchange]) -> None:
        for exchange in exchanges:
            request = self._requests.get(exchange)
            if request is not None and not request.released and self.trouble is None:
                request.released = True
                self._quic.send_stream_data(request.stream, request.rest, end_stream=True)

    def take(self) -> list[bytes]:
        out = self._quic.datagrams_to_send(self.now)
        if self._ahead and not any(map(self._pending, self._requests.values())):
            # Asked only now, as a ping overtakes what windows still hold back.
            self._ahead, self._pinged = False, True
            self._pings += 1
            self._quic.send_ping(self._pings)
            out += self._quic.datagrams_to_send(self.now)
        for request in self._requests.values():
            request.exchange.flushed |= request.released and not self._pending(request)
        return [data for data, _ in out]

    def receive(self, data: bytes, now: float) -> None:
        self.now = now
        self._quic.receive_datagram(data, _PEER, now)
        self._events()

    def end(self, now: float) -> None:
        """Of a connection without an end of its own: nobody is there any more."""
        self._fail(Reason.CLOSED if self._h3 else Reason.UNREACHABLE, "", now)

    def leave(self) -> None:
        """Say goodbye: one more datagram."""
        self._quic.close()

    def timer(self) -> float | None:
        return self._quic.get_timer()

    def tick(self, now: float) -> None:
        self.now = now
        self._quic.handle_timer(now)
        self._events()

    def _pending(self, request: _Request) -> bool:
        """Whether something of it waits for a window. aioquic has no public word for that."""
        stream = self._quic._streams.get(request.stream)  # noqa: SLF001
        return stream is not None and not stream.sender.buffer_is_empty

    @property
    def _unfinished(self) -> int:
        return sum(not (each.over and each.flushed) for each in self._requests)

    def _begin(self, exchange: Exchange, hold: Hold) -> None:
        """Serialise a request, send what may be sent ahead, keep the rest."""
        shot = exchange.shot
        if problem := unsendable(shot):
            exchange.fail(Reason.REQUEST, problem, BEFORE)
            exchange.flushed = True
            return
        stream = self._quic.get_next_available_stream_id()
        head, body = self._serialised(stream, shot)
        whole = head + body
        cuts = {Hold.WHOLE: 0, Hold.LAST_HEADER_BYTES: len(head) - 1}
        cut = cuts.get(hold, len(whole) - bool(body))
        # The stream is opened in this order, even if nothing is sent on it yet.
        self._quic.send_stream_data(stream, whole[:cut])
        self._requests[exchange] = _Request(exchange, stream, whole[cut:])
        self._streams[stream] = exchange

    def _serialised(self, stream: int, shot: Shot) -> tuple[bytes, bytes]:
        assert self._h3 is not None  # noqa: S101  # nothing is loaded before it is ready
        self._quic.tapped, self._quic.bytes_tapped = stream, b""
        self._h3.send_headers(stream, section(self._origin, shot), end_stream=not shot.body)
        head = self._quic.bytes_tapped
        if shot.body:
            self._h3.send_data(stream, shot.body, end_stream=True)
        body = self._quic.bytes_tapped[len(head) :]
        self._quic.tapped = None
        return head, body

    def _events(self) -> None:
        while (event := self._quic.next_event()) is not None:
            self._handle(event)
        if self._quic.problem is not None:
            code, detail = self._quic.problem
            self._fail(Reason.TLS if code in _ALERTS else Reason.GARBAGE, detail, self.now)

    def _handle(self, event: QuicEvent) -> None:
        if isinstance(event, HandshakeCompleted):
            self._h3 = H3Connection(self._quic)
        elif isinstance(event, PingAcknowledged):
            self._pinged &= event.uid != self._pings
        elif isinstance(event, ConnectionTerminated):
            self._terminated(event)
        elif isinstance(event, StreamReset):
            exchange = self._streams.get(event.stream_id)
            if exchange is not None:
                exchange.fail(Reason.RESET, f"code {event.error_code:#x}", self.now)
        if self._h3 is not None:
            for each in self._h3.handle_event(event):
                self._answer(each)

    def _answer(self, event: H3Event) -> None:
        if not isinstance(event, HeadersReceived | DataReceived):
            return
        exchange = self._streams.get(event.stream_id)
        if exchange is None or exchange.over:
            return
        if isinstance(event, DataReceived):
            if not exchange.data(event.data, self.now):
                self._quic.stop_stream(event.stream_id, _CANCELLED)
        elif not exchange.status:
            status = int(dict(event.headers)[b":status"])
            if status >= 200:
                exchange.head(status, event.headers, self.now)
        if event.stream_ended:
            exchange.end(self.now)

    def _terminated(self, event: ConnectionTerminated) -> None:
        detail = event.reason_phrase or f"code {event.error_code:#x}"
        if event.error_code in _ALERTS:
            self._fail(Reason.TLS, detail, self.now)
        elif self._h3 is None:
            self._fail(Reason.UNREACHABLE, detail, self.now)
        else:
            self._fail(Reason.CLOSED, detail * bool(event.error_code), self.now)

    def _fail(self, reason: Reason, detail: str, now: float) -> None:
        self.trouble = self.trouble or (reason, detail)
        for exchange in self._requests:
            exchange.fail(reason, detail, now)


HTTP3 = Transport(Protocol.HTTP3, (Hold.END_STREAM, Hold.LAST_HEADER_BYTES, Hold.WHOLE), Http3)
