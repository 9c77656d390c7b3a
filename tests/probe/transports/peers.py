"""Servers in memory, for the conformance kit."""

from __future__ import annotations

import h2.config
import h2.connection
import h2.events
import h2.settings
import h11
from aioquic.buffer import Buffer
from aioquic.h3.connection import H3Connection
from aioquic.h3.events import DataReceived, H3Event, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import HandshakeCompleted
from aioquic.quic.packet import pull_quic_header

from tests.probe.certificates import Certificates
from tocsin.probe.message import Headers
from tocsin.testing.check_transport import Peer, Seen


def written(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers]


def read(headers: list[tuple[bytes, bytes]]) -> Headers:
    return tuple((name.decode().lower(), value.decode("latin-1")) for name, value in headers)


class Http1Peer(Peer):
    def __init__(self) -> None:
        self._h11 = h11.Connection(h11.SERVER)
        self._out: list[bytes] = []
        self._begun: list[h11.Request] = []
        self._bodies: list[bytes] = []
        self._complete = 0

    def receive(self, data: bytes) -> None:
        self._h11.receive_data(data)
        while True:
            event = self._h11.next_event()
            if event is h11.NEED_DATA or event is h11.PAUSED:
                return
            if isinstance(event, h11.Request):
                self._begun.append(event)
                self._bodies.append(b"")
            elif isinstance(event, h11.Data):
                self._bodies[-1] += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                self._complete += 1
                self._cycle()

    def take(self) -> list[bytes]:
        out, self._out = self._out, []
        return out

    def begun(self) -> int:
        return len(self._begun)

    def requests(self) -> list[Seen]:
        complete = zip(self._begun[: self._complete], self._bodies, strict=False)
        return [
            Seen(each.method.decode(), each.target.decode(), read(list(each.headers)), body)
            for each, body in complete
        ]

    def answer(
        self, place: int, status: int, headers: Headers, body: bytes, *, ends: bool = True
    ) -> None:
        assert place == len(self._begun) - 1
        head = h11.Response(status_code=status, headers=written(headers))
        self._say(head, h11.Data(body), *([h11.EndOfMessage()] if ends else []))
        self._cycle()

    def inform(self, place: int, status: int) -> None:
        self._say(h11.InformationalResponse(status_code=status, headers=[]))

    def _say(self, *events: h11.Event) -> None:
        self._out += filter(None, map(self._h11.send, events))

    def _cycle(self) -> None:
        if self._h11.our_state is self._h11.their_state is h11.DONE:
            self._h11.start_next_cycle()


class StreamedPeer(Peer):
    """Requests are streams, by their numbers."""

    def __init__(self) -> None:
        self.streams: list[int] = []
        self.answered: set[int] = set()
        self._heads: dict[int, Headers] = {}
        self._bodies: dict[int, bytes] = {}
        self._complete: set[int] = set()

    def begun(self) -> int:
        return len(self.streams)

    def requests(self) -> list[Seen]:
        return [
            Seen(
                dict(self._heads[each])[":method"],
                dict(self._heads[each])[":path"],
                self._heads[each],
                self._bodies[each],
            )
            for each in self.streams
            if each in self._complete
        ]


class Http2Peer(StreamedPeer):
    """``h2`` is there for tests of what a server may do besides."""

    def __init__(self, settings: dict[int, int] | None = None) -> None:
        super().__init__()
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        self.h2.local_settings = h2.settings.Settings(client=False, initial_values=settings)
        self.h2.initiate_connection()

    def receive(self, data: bytes) -> None:
        for event in self.h2.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                self.streams.append(event.stream_id)
                self._heads[event.stream_id] = read(event.headers)
                self._bodies[event.stream_id] = b""
            elif isinstance(event, h2.events.DataReceived):
                self._bodies[event.stream_id] += event.data
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                self._complete.add(event.stream_id)

    def take(self) -> list[bytes]:
        data = self.h2.data_to_send()
        return [data] if data else []

    def answer(
        self, place: int, status: int, headers: Headers, body: bytes, *, ends: bool = True
    ) -> None:
        stream = self.streams[place]
        head = [(b":status", str(status).encode()), *written(headers)]
        self.h2.send_headers(stream, head)
        self.h2.send_data(stream, body, end_stream=ends)

    def inform(self, place: int, status: int) -> None:
        self.h2.send_headers(self.streams[place], [(b":status", str(status).encode())])


class Http3Peer(StreamedPeer):
    """A QUIC server. ``certificates`` has its key, which nobody verifies here."""

    stream = False

    def __init__(self, certificates: Certificates) -> None:
        super().__init__()
        self._configuration = QuicConfiguration(is_client=False, alpn_protocols=["h3"])
        self._configuration.load_cert_chain(certificates.certificate, certificates.key)
        self.quic: QuicConnection | None = None
        self._now = 0.0
        self._h3: H3Connection | None = None

    def receive(self, data: bytes) -> None:
        if self.quic is None:
            header = pull_quic_header(Buffer(data=data), host_cid_length=8)
            self.quic = QuicConnection(
                configuration=self._configuration,
                original_destination_connection_id=header.destination_cid,
            )
        self._now += 1
        self.quic.receive_datagram(data, ("client", 0), self._now)
        while (event := self.quic.next_event()) is not None:
            if isinstance(event, HandshakeCompleted):
                self._h3 = H3Connection(self.quic)
            for each in self._h3.handle_event(event) if self._h3 else ():
                self._handle(each)

    def take(self) -> list[bytes]:
        if self.quic is None:
            return []
        self._now += 1
        return [data for data, _ in self.quic.datagrams_to_send(self._now)]

    def answer(
        self, place: int, status: int, headers: Headers, body: bytes, *, ends: bool = True
    ) -> None:
        assert self._h3 is not None
        stream = self.streams[place]
        self._h3.send_headers(stream, [(b":status", str(status).encode()), *written(headers)])
        self._h3.send_data(stream, body, end_stream=ends)

    def inform(self, place: int, status: int) -> None:
        """aioquic sends one header section for each answer: interim ones are not tried."""

    def _handle(self, event: H3Event) -> None:
        if isinstance(event, HeadersReceived):
            self.streams.append(event.stream_id)
            self.streams.sort()
            self._heads[event.stream_id] = read(event.headers)
            self._bodies[event.stream_id] = b""
        elif isinstance(event, DataReceived):
            self._bodies[event.stream_id] += event.data
        if isinstance(event, HeadersReceived | DataReceived) and event.stream_ended:
            self._complete.add(event.stream_id)
