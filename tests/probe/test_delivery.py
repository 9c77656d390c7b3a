"""Volleys over real sockets: to real servers, and to servers that do not behave."""

from __future__ import annotations

import gzip
import itertools
import socket
import sys
import threading
import time

import pytest
from h2.settings import SettingCodes
from hyperframe.frame import GoAwayFrame

from tests.probe.certificates import Certificates, certificates
from tests.probe.servers import (
    App,
    Handler,
    over_quic,
    request,
    scripted,
    speaking_http2,
    under_hypercorn,
    under_uvicorn,
)
from tests.probe.transports.peers import Http2Peer, Http3Peer
from tocsin.probe.delivery import Delivery
from tocsin.probe.message import (
    Answer,
    Failure,
    Hold,
    Observation,
    Origin,
    Protocol,
    Reason,
    Shot,
    Volley,
    Way,
)
from tocsin.probe.transports.base import Limits
from tocsin.probe.transports.trust import Trust

__all__ = ["certificates"]

QUICK = Limits(connect=2, settle=0.5, pause=0.001, answer=0.3)
PATIENT = Limits(connect=10, settle=10, pause=0.001, answer=10)
GET = Shot("GET", "/")
POST = Shot("POST", "/", (), b"body")
BOMB = gzip.compress(b"\0" * 5_000_000)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
WAYS = [Way(Protocol.HTTP1, hold, 1) for hold in Hold]
WAYS2 = [Way(Protocol.HTTP2, hold, count) for hold in Hold for count in (1, 3)]


def fired(
    origin: Origin,
    *shots: Shot,
    way: Way = WAYS[1],
    limits: Limits = QUICK,
    trust: Trust | None = None,
) -> Observation:
    with Delivery(limits, trust) as delivery:
        return delivery.deliver(Volley(origin, shots, way))


def reasons(seen: Observation) -> list[Reason | int]:
    return [each.status if isinstance(each, Answer) else each.reason for each in seen.results]


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_uvicorn_answers_every_shot(way: Way) -> None:
    with under_uvicorn(App()) as origin, Delivery(PATIENT) as delivery:
        for _ in range(3):
            seen = delivery.deliver(Volley(origin, (POST,) * 5, way))
            assert [each.body for each in seen.answers] == [b"1.1 4"] * 5
            assert seen.way == Way(Protocol.HTTP1, way.hold, 5)
            assert seen.overlapped
            assert seen.early == 0


@pytest.mark.parametrize("way", WAYS2, ids=str)
def test_hypercorn_answers_every_shot(way: Way, certificates: Certificates) -> None:
    trust = Trust(cafile=str(certificates.authority))
    with under_hypercorn(App(), certificates) as origin, Delivery(PATIENT, trust) as delivery:
        for _ in range(3):
            seen = delivery.deliver(Volley(origin, (POST,) * 5, way))
            assert [each.body for each in seen.answers] == [b"2 4"] * 5
            assert seen.way == way
            assert seen.overlapped


def test_offsets_are_kept() -> None:
    app = App()
    shots = tuple(Shot("GET", f"/?{n}") for n in range(4))
    with under_uvicorn(app) as origin, Delivery(PATIENT) as delivery:
        offsets = (0.09, 0.03, 0.0, 0.06)
        seen = delivery.deliver(Volley(origin, shots, WAYS[1], offsets))
    assert app.begun == ["2", "1", "3", "0"]
    for result, offset in zip(seen.answers, offsets, strict=True):
        assert result.sent - seen.released >= offset
    assert not seen.overlapped


def test_a_server_without_http2_gets_http1(certificates: Certificates) -> None:
    def handler(connection: socket.socket) -> None:
        while request(connection):
            connection.sendall(OK)

    way = Way(Protocol.HTTP2, Hold.END_STREAM, 2)
    trust = Trust(cafile=str(certificates.authority))
    context = certificates.context("http/1.1")
    with scripted(handler, context) as origin, Delivery(PATIENT, trust) as delivery:
        for _ in range(2):
            seen = delivery.deliver(Volley(origin, (GET,) * 3, way))
            assert reasons(seen) == [200] * 3
            assert seen.way == Way(Protocol.HTTP1, Hold.LAST_HEADER_BYTES, 3)


def test_a_server_that_answers_at_once_is_not_waited_for() -> None:
    def handler(connection: socket.socket) -> None:
        while request(connection):
            connection.sendall(OK)

    long = Limits(connect=10, settle=10, pause=30, answer=10)
    with scripted(handler) as origin, Delivery(long) as delivery:
        delivery.send(origin, GET)
        began = time.perf_counter()
        seen = delivery.deliver(Volley(origin, (GET, GET), Way(connections=2)))
    assert reasons(seen) == [200, 200]
    assert seen.released - began < 20


def test_early_answers_are_noticed() -> None:
    def handler(connection: socket.socket) -> None:
        connection.recv(1)
        connection.sendall(OK)
        connection.recv(100_000)

    with scripted(handler) as origin, Delivery(PATIENT) as delivery:
        seen = delivery.deliver(Volley(origin, (POST, POST), WAYS[0]), pause=5)
    assert reasons(seen) == [200, 200]
    assert seen.early == 2
    assert not seen.overlapped


def test_one_connection_that_was_closed_meanwhile_is_no_failure() -> None:
    count = itertools.count()
    closed = threading.Event()

    def handler(connection: socket.socket) -> None:
        first = next(count) == 0
        request(connection)
        connection.sendall(OK)
        if first:
            connection.shutdown(socket.SHUT_RDWR)
            closed.set()
        elif request(connection):
            connection.sendall(OK)

    with scripted(handler) as origin, Delivery(PATIENT) as delivery:
        assert delivery.send(origin, GET).status == 200
        assert closed.wait(5)
        assert delivery.send(origin, GET).status == 200


def test_connections_are_kept_and_closed_at_the_end() -> None:
    opened = []
    ended = threading.Event()

    def handler(connection: socket.socket) -> None:
        opened.append(connection)
        while True:
            if not connection.recv(1, socket.MSG_PEEK):
                ended.set()
                return
            request(connection)
            connection.sendall(OK)

    with scripted(handler) as origin:
        with Delivery(PATIENT) as delivery:
            for _ in range(5):
                assert reasons(delivery.deliver(Volley(origin, (GET, GET)))) == [200, 200]
            assert len(opened) == 2
            assert not ended.is_set()
        assert ended.wait(5)


def close(connection: socket.socket) -> None:
    connection.recv(1)


def half(connection: socket.socket) -> None:
    request(connection)
    connection.sendall(OK[:-1])


def never(connection: socket.socket) -> None:
    while connection.recv(1000):
        pass


def half_and_never(connection: socket.socket) -> None:
    request(connection)
    connection.sendall(OK[:-1])
    never(connection)


def nonsense(connection: socket.socket) -> None:
    request(connection)
    connection.sendall(b"220 mail.example ESMTP\r\n\r\n")
    never(connection)


def bad_chunks(connection: socket.socket) -> None:
    request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n")
    never(connection)


def endless_body(connection: socket.socket) -> None:
    request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65536)


def endless_head(connection: socket.socket) -> None:
    request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"x: y\r\n" * 1000)


def endless_hints(connection: socket.socket) -> None:
    request(connection)
    while True:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100)


def zipped(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def bomb(connection: socket.socket) -> None:
    request(connection)
    connection.sendall(zipped(BOMB))
    never(connection)


@pytest.mark.parametrize(
    ("handler", "reason", "status"),
    [
        (close, Reason.CLOSED, 0),
        (half, Reason.CLOSED, 200),
        (never, Reason.TIMEOUT, 0),
        (half_and_never, Reason.TIMEOUT, 200),
        (nonsense, Reason.GARBAGE, 0),
        (bad_chunks, Reason.GARBAGE, 200),
        (endless_body, Reason.TOO_LARGE, 200),
        (endless_head, Reason.GARBAGE, 0),
        (endless_hints, Reason.TIMEOUT, 0),
        (bomb, Reason.TOO_LARGE, 200),
    ],
)
def test_a_bad_server_has_one_reason(handler: Handler, reason: Reason, status: int) -> None:
    with scripted(handler) as origin:
        limits = QUICK if reason is Reason.TIMEOUT else PATIENT
        seen = fired(origin, GET, GET, limits=limits)
    for result in seen.results:
        assert isinstance(result, Failure)
        assert (result.reason, result.status) == (reason, status)


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        origin = Origin("http", "127.0.0.1", listener.getsockname()[1])
    seen = fired(origin, GET, GET)
    assert {str(each) for each in seen.results} == {
        "the server could not be reached: connection refused"
    }


def test_a_name_that_is_none() -> None:
    seen = fired(Origin("http", "a..b", 80), GET)
    assert reasons(seen) == [Reason.UNREACHABLE]


def test_a_certificate_that_nobody_trusts(certificates: Certificates) -> None:
    with scripted(never, certificates.context()) as origin:
        seen = fired(origin, GET)
        assert "certificate" in str(seen.results[0])
        assert reasons(seen) == [Reason.TLS]
        assert reasons(fired(origin, GET, limits=QUICK, trust=Trust(verify=False))) == [
            Reason.TIMEOUT
        ]


def test_a_server_without_tls() -> None:
    def handler(connection: socket.socket) -> None:
        connection.recv(1)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        never(connection)

    with scripted(handler) as origin:
        seen = fired(Origin("https", origin.host, origin.port), GET)
    assert reasons(seen) == [Reason.TLS]


def test_a_handshake_that_does_not_come() -> None:
    with scripted(never) as origin:
        limits = Limits(connect=0.2)
        seen = fired(Origin("https", origin.host, origin.port), GET, limits=limits)
    assert str(seen.results[0]) == "TLS could not be established: no answer in time"


def test_an_http2_server_that_does_not_greet() -> None:
    with scripted(never) as origin:
        seen = fired(origin, GET, way=WAYS2[0], limits=Limits(connect=0.2))
    assert str(seen.results[0]) == "no complete answer in time: no greeting"


def test_an_http1_server_spoken_to_in_http2() -> None:
    def handler(connection: socket.socket) -> None:
        connection.recv(1)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        never(connection)

    with scripted(handler) as origin:
        assert reasons(fired(origin, GET, way=WAYS2[0])) == [Reason.GARBAGE]


def every_request(peer: Http2Peer) -> bool:
    """Answer all that is complete."""
    for place in range(len(peer.requests())):
        if place not in peer.answered:
            peer.answered.add(place)
            peer.answer(place, 200, (), b"ok")
    return True


def limited(streams: int) -> Handler:
    def handler(connection: socket.socket) -> None:
        peer = Http2Peer({SettingCodes.MAX_CONCURRENT_STREAMS: streams})
        speaking_http2(peer, every_request)(connection)

    return handler


def test_a_stream_limit_takes_more_connections() -> None:
    def handler(connection: socket.socket) -> None:
        speaking_http2(Http2Peer({SettingCodes.MAX_CONCURRENT_STREAMS: 3}), every_request)(
            connection
        )

    with scripted(handler) as origin:
        seen = fired(origin, *[GET] * 10, way=WAYS2[0], limits=PATIENT)
    assert reasons(seen) == [200] * 10
    assert seen.way.connections == 4


def test_no_streams_at_all() -> None:
    def handler(connection: socket.socket) -> None:
        speaking_http2(Http2Peer({SettingCodes.MAX_CONCURRENT_STREAMS: 0}), every_request)(
            connection
        )

    with scripted(handler) as origin:
        seen = fired(origin, GET, GET, way=WAYS2[0])
    assert reasons(seen) == [Reason.STREAMS] * 2


def every_request_over_quic(peer: Http3Peer) -> None:
    for place in range(len(peer.requests())):
        if place not in peer.answered:
            peer.answered.add(place)
            peer.answer(place, 200, (), peer.requests()[place].body)


WAYS3 = [Way(Protocol.HTTP3, hold, count) for hold in Hold for count in (1, 3)]


@pytest.mark.parametrize("way", WAYS3, ids=str)
def test_http3_answers_every_shot(way: Way, certificates: Certificates) -> None:
    server = over_quic(certificates, every_request_over_quic)
    trust = Trust(cafile=str(certificates.authority))
    with server as origin, Delivery(PATIENT, trust) as delivery:
        for _ in range(3):
            seen = delivery.deliver(Volley(origin, (POST,) * 5, way))
            assert [each.body for each in seen.answers] == [b"body"] * 5
            assert seen.way == way
            assert seen.overlapped


def test_http3_sends_large_bodies_ahead(certificates: Certificates) -> None:
    large = Shot("POST", "/", (), b"x" * 300_000)
    trust = Trust(cafile=str(certificates.authority))
    with over_quic(certificates, every_request_over_quic) as origin:
        seen = fired(origin, large, large, way=WAYS3[0], limits=PATIENT, trust=trust)
    assert [len(each.body) for each in seen.answers] == [300_000] * 2
    assert seen.overlapped


def test_http3_where_nobody_listens() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        origin = Origin("https", "127.0.0.1", sock.getsockname()[1])
    assert reasons(fired(origin, GET, way=WAYS3[0], limits=QUICK)) == [Reason.UNREACHABLE]


def test_http3_with_a_certificate_that_nobody_trusts(certificates: Certificates) -> None:
    with over_quic(certificates, every_request_over_quic) as origin:
        assert reasons(fired(origin, GET, way=WAYS3[0])) == [Reason.TLS]


def test_http3_trusts_whom_the_environment_trusts(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    with over_quic(certificates, every_request_over_quic) as origin:
        seen = fired(origin, GET, way=WAYS3[0], limits=PATIENT)
    assert [each.status for each in seen.answers] == [200]


def test_http3_without_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tocsin.probe.transports.http3", None)
    seen = fired(Origin("https", "127.0.0.1", 9), GET, way=WAYS3[0])
    assert str(seen.results[0]).endswith("HTTP/3 needs the extra tocsin[http3]")


def test_http3_without_tls() -> None:
    seen = fired(Origin("http", "127.0.0.1", 9), GET, way=WAYS3[0])
    assert str(seen.results[0]).endswith("HTTP/3 needs https")


def test_more_shots_than_connections() -> None:
    def handler(connection: socket.socket) -> None:
        request(connection)
        connection.sendall(OK)

    with scripted(handler) as origin:
        limits = Limits(connect=10, settle=10, pause=0.001, answer=10, connections=2)
        seen = fired(origin, GET, GET, GET, limits=limits)
    assert reasons(seen) == [200, 200, Reason.CONNECTIONS]
    assert str(seen.results[2]).endswith("allowed: 2 are open")


def test_goaway_in_the_middle() -> None:
    def handler(connection: socket.socket) -> None:
        peer = Http2Peer()

        def react(peer: Http2Peer) -> bool:
            if len(peer.requests()) < 3:
                return True
            connection.sendall(GoAwayFrame(0, last_stream_id=peer.streams[0]).serialize())
            peer.answer(0, 200, (), b"ok")
            return False

        speaking_http2(peer, react)(connection)

    with scripted(handler) as origin:
        seen = fired(origin, GET, GET, GET, way=WAYS2[0], limits=PATIENT)
    assert reasons(seen) == [200, Reason.GOAWAY, Reason.GOAWAY]


def test_reset_streams() -> None:
    def react(peer: Http2Peer) -> bool:
        for place in range(len(peer.requests())):
            if place not in peer.answered:
                peer.answered.add(place)
                peer.h2.reset_stream(peer.streams[place], 7)
        return True

    def handler(connection: socket.socket) -> None:
        speaking_http2(Http2Peer(), react)(connection)

    with scripted(handler) as origin:
        seen = fired(origin, GET, GET, way=WAYS2[0], limits=PATIENT)
    assert {str(each) for each in seen.failures} == {
        "the server reset the stream (RST_STREAM): REFUSED_STREAM"
    }


def test_a_request_that_cannot_be_sent_does_not_stop_the_others() -> None:
    def handler(connection: socket.socket) -> None:
        request(connection)
        connection.sendall(OK)

    with scripted(handler) as origin:
        seen = fired(origin, Shot("GET", "/\r\nx: y"), GET)
    assert reasons(seen) == [Reason.REQUEST, 200]


def test_a_server_that_reads_nothing_ends_in_time() -> None:
    read = threading.Event()

    def handler(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        read.wait(30)

    with scripted(handler) as origin:
        try:
            seen = fired(
                origin, Shot("POST", "/", (), b"x" * 30_000_000), way=WAYS[0], limits=QUICK
            )
        finally:
            read.set()
    assert reasons(seen) == [Reason.TIMEOUT]
    assert seen.results[0].sent == 0


def test_decoded_answers() -> None:
    def handler(connection: socket.socket) -> None:
        request(connection)
        connection.sendall(zipped(gzip.compress(b"plain")))

    with scripted(handler) as origin:
        (answer,) = fired(origin, GET).answers
    assert answer.body == b"plain"
