"""HTTP/2 (RFC 9113): many requests on one connection, the single-packet attack."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    DataReceived,
    Event,
    PingAckReceived,
    RemoteSettingsChanged,
    ResponseReceived,
    StreamEnded,
    StreamReset,
)
from h2.exceptions import H2Error, ProtocolError
from h2.settings import SettingCodes, Settings
from hpack import HPACKError
from hyperframe.exceptions import HyperframeError

from tocsin.probe.message import Hold, Origin, Protocol, Reason, Shot
from tocsin.probe.transports.base import Limits, Transport, section, unsendable
from tocsin.probe.transports.exchange import BEFORE, Exchange
from tocsin.probe.transports.frames import GoAway, Splitter

_PING = b"tocsin--"
_WINDOW = 2**31 - 1
_BROKEN = (H2Error, HPACKError, HyperframeError, ValueError, KeyError)
"""What reading frames that make no sense raises."""


@dataclass(slots=True, eq=False)
class _Upload:
    """A request whose header section may be sent: how much of its body may follow."""

    exchange: Exchange
    stream: int = 0
    at: int = 0
    upto: int = 0
    released: bool = False
    ended: bool = False


class Http2:
    """A `Framing`. What is held back is not yet framed, or is the end of a frame that was cut."""

    protocol = Protocol.HTTP2

    def __init__(self, origin: Origin, limits: Limits) -> None:
        self._origin = origin
        self._limits = limits
        self._h2 = H2Connection(H2Configuration(client_side=True, header_encoding=None))
        self._frames = Splitter()
        self._uploads: dict[Exchange, _Upload] = {}
        self._streams: dict[int, Exchange] = {}
        self._hold = Hold.WHOLE
        self._cut: _Upload | None = None
        self._tail = b""
        self._out: list[bytes] = []
        self._pinged = False
        self._greeted = False
        self._leaving = ""
        self._broken = False
        self.trouble: tuple[Reason, str] | None = None

    @property
    def ready(self) -> bool:
        return self._greeted and not self._broken

    @property
    def capacity(self) -> int:
        if not self.ready or self._leaving:
            return 0
        allowed = self._h2.remote_settings.max_concurrent_streams
        return max(0, int(allowed) - self._h2.open_outbound_streams)

    @property
    def settled(self) -> bool:
        sent = all(map(self._sent_ahead, self._uploads.values()))
        return sent and not self._pinged and self._cut is None

    @property
    def reusable(self) -> bool:
        alone = all(each.over and each.flushed for each in self._uploads)
        return self.ready and alone and not self._leaving

    def open(self, now: float) -> None:
        wanted = {
            SettingCodes.ENABLE_PUSH: 0,
            SettingCodes.INITIAL_WINDOW_SIZE: min(self._limits.body + 2**16, _WINDOW),
            SettingCodes.MAX_HEADER_LIST_SIZE: self._limits.head,
        }
        self._h2.local_settings = Settings(client=True, initial_values=wanted)
        self._h2.initiate_connection()
        self._h2.increment_flow_control_window(_WINDOW - 2**16)

    def load(self, shots: Sequence[Shot], hold: Hold) -> list[Exchange]:
        self._uploads.clear()
        self._streams.clear()
        self._hold = hold
        exchanges = [Exchange(shot, self._limits.body) for shot in shots]
        self._uploads = {each: _Upload(each) for each in exchanges}
        if hold is Hold.END_STREAM:
            for upload in self._uploads.values():
                upload.upto = max(0, len(upload.exchange.shot.body) - 1)
                self._begin(upload)
            self._upload()
        elif hold is Hold.LAST_HEADER_BYTES:
            # Cut once the ping is back: nothing else may be sent inside of a frame.
            self._cut = self._uploads[exchanges[0]]
        self._h2.ping(_PING)
        self._pinged = True
        return exchanges

    def nudge(self) -> None:
        """A connection's requests leave together: whoever is woken finds all of them."""

    def release(self, exchanges: Iterable[Exchange]) -> None:
        if self._tail:
            self._out.append(self._tail)
            self._tail = b""
        self._cut = None
        for exchange in exchanges:
            upload = self._uploads.get(exchange)
            if upload is None or self._broken:
                continue
            upload.upto, upload.released = len(exchange.shot.body), True
            if not upload.stream and not exchange.over:
                self._begin(upload)
        self._upload()

    def take(self) -> list[bytes]:
        out, self._out = self._out, []
        if not self._tail:  # not inside of a frame
            out.append(self._h2.data_to_send())
            for upload in self._uploads.values():
                upload.exchange.flushed |= upload.ended
        return [b"".join(out)] if any(out) else []

    def receive(self, data: bytes, now: float) -> None:
        try:
            for part in self._frames.split(data):
                if isinstance(part, GoAway):
                    self._leave(part, now)
                elif not self._broken:
                    for event in self._h2.receive_data(part):
                        self._handle(event, now)
        except _BROKEN as error:
            self._fail(Reason.GARBAGE, str(error) or type(error).__name__, now)
        if not self._broken:
            self._upload()
            self._cut_off()

    def end(self, now: float) -> None:
        self._fail(Reason.GOAWAY if self._leaving else Reason.CLOSED, self._leaving, now)

    def timer(self) -> float | None:
        return None

    def tick(self, now: float) -> None:
        """Time-outs of HTTP/2 are the driver's."""

    def _begin(self, upload: _Upload) -> None:
        """The header section; it ends a request that is held nowhere behind it."""
        exchange = upload.exchange
        if problem := unsendable(exchange.shot):
            exchange.fail(Reason.REQUEST, problem, BEFORE)
            return
        stream = self._h2.get_next_available_stream_id()
        ends = self._hold is not Hold.END_STREAM and not exchange.shot.body
        try:
            self._h2.send_headers(stream, section(self._origin, exchange.shot), end_stream=ends)
        except (ProtocolError, ValueError) as error:
            exchange.fail(Reason.REQUEST, str(error), BEFORE)
            return
        upload.stream, upload.ended = stream, ends
        self._streams[stream] = exchange

    def _sent_ahead(self, upload: _Upload) -> bool:
        """All that may be; and there is room in the windows for the byte that is held back."""
        if upload.exchange.over or upload.ended or not upload.stream:
            return True
        held = min(1, len(upload.exchange.shot.body))
        try:
            room = self._h2.local_flow_control_window(upload.stream)
        except ProtocolError:
            return True  # closed by the server
        return upload.at == upload.upto and room >= held

    def _upload(self) -> None:
        """As much of the bodies as is allowed: by the hold, by the windows, by the frame size."""
        for upload in self._uploads.values():
            if not upload.stream or upload.ended:
                continue
            try:
                self._send(upload)
            except ProtocolError:
                # The server has closed the stream: it wants no more of the request.
                upload.ended, upload.at = True, upload.upto

    def _send(self, upload: _Upload) -> None:
        body, stream = upload.exchange.shot.body, upload.stream
        while upload.at < upload.upto:
            window = self._h2.local_flow_control_window(stream)
            size = min(upload.upto - upload.at, window, self._h2.max_outbound_frame_size)
            if size <= 0:
                return
            part = body[upload.at : upload.at + size]
            upload.at += size
            upload.ended = upload.released and upload.at == len(body)
            self._h2.send_data(stream, part, end_stream=upload.ended)
        if upload.released and not upload.ended:
            self._h2.end_stream(stream)
            upload.ended = True

    def _cut_off(self) -> None:
        """Frame the first request, and keep the last byte of its header section."""
        upload = self._cut
        if upload is None or self._pinged:
            return
        self._cut = None
        self._out.append(self._h2.data_to_send())
        self._begin(upload)
        framed = self._h2.data_to_send()
        self._out.append(framed[:-1])
        self._tail = framed[-1:]

    def _handle(self, event: Event, now: float) -> None:
        if isinstance(event, RemoteSettingsChanged):
            self._greeted = True
        elif isinstance(event, PingAckReceived):
            self._pinged = False
        elif isinstance(event, ResponseReceived | DataReceived | StreamEnded | StreamReset):
            exchange = self._streams.get(event.stream_id or 0)
            if isinstance(event, DataReceived):
                size, stream = event.flow_controlled_length or 0, event.stream_id or 0
                self._h2.acknowledge_received_data(size, stream)
            if exchange is not None and not exchange.over:
                self._answer(exchange, event, now)

    def _answer(self, exchange: Exchange, event: Event, now: float) -> None:
        if isinstance(event, ResponseReceived):
            headers = [(bytes(name), bytes(value)) for name, value in event.headers or ()]
            exchange.head(int(dict(headers)[b":status"]), headers, now)
        elif isinstance(event, DataReceived):
            if not exchange.data(event.data or b"", now):
                self._h2.reset_stream(event.stream_id or 0, ErrorCodes.CANCEL)
                self._uploads[exchange].ended = True
        elif isinstance(event, StreamEnded):
            exchange.end(now)
        elif isinstance(event, StreamReset):
            exchange.fail(Reason.RESET, _code(event.error_code), now)
            self._uploads[exchange].ended = True

    def _leave(self, goaway: GoAway, now: float) -> None:
        """The server takes no new streams; those up to its last one it still answers."""
        self._leaving = " ".join((_code(goaway.code), goaway.text)).strip()
        for stream, exchange in self._streams.items():
            if stream > goaway.last:
                exchange.fail(Reason.GOAWAY, self._leaving, now)
        for exchange, upload in self._uploads.items():
            if not upload.stream:
                exchange.fail(Reason.GOAWAY, self._leaving, now)

    def _fail(self, reason: Reason, detail: str, now: float) -> None:
        self._broken = True
        self.trouble = self.trouble or (reason, detail)
        for exchange in self._uploads:
            exchange.fail(reason, detail, now)


def _code(code: ErrorCodes | int | None) -> str:
    try:
        return ErrorCodes(code or 0).name
    except ValueError:
        return f"code {code}"


HTTP2 = Transport(Protocol.HTTP2, (Hold.END_STREAM, Hold.WHOLE, Hold.LAST_HEADER_BYTES), Http2)
