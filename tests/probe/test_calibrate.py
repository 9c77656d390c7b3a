"""Hold points of real endpoints: handlers that wait for the body, and handlers that do not."""

from __future__ import annotations

import socket

import pytest

from tests.probe.certificates import Certificates, certificates
from tests.probe.servers import (
    App,
    request,
    scripted,
    under_hypercorn,
    under_uvicorn,
)
from tocsin.probe.calibrate import calibrate
from tocsin.probe.delivery import Delivery
from tocsin.probe.message import Hold, Protocol, Shot, Way
from tocsin.probe.transports.base import Limits
from tocsin.probe.transports.trust import Trust

__all__ = ["certificates"]

PATIENT = Limits(connect=10, settle=10, answer=10)
GET, POST = Shot("GET", "/"), Shot("POST", "/", (), b"body")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(
    ("shot", "way"),
    [
        (POST, Way(Protocol.HTTP2, Hold.END_STREAM, 4)),
        (GET, Way(Protocol.HTTP1, Hold.LAST_HEADER_BYTES, 6)),
    ],
)
def test_over_tls_what_waits_for_its_body_is_held_there(
    shot: Shot, way: Way, certificates: Certificates
) -> None:
    app, trust = App(), Trust(cafile=str(certificates.authority))
    with under_hypercorn(app, certificates) as origin, Delivery(PATIENT, trust) as delivery:
        found = calibrate(delivery, origin, shot, copies=6)
    assert found.certain
    assert found.way == way
    assert [trial.held for trial in found.trials] == [False] * (len(found.trials) - 1) + [True]
    # The effects are all known: one request to learn the usual time, and the trials.
    assert len(app.begun) == 1 + len(found.trials)


def test_http2_alone_holds_bodyless_requests_in_their_header(certificates: Certificates) -> None:
    trust = Trust(cafile=str(certificates.authority))
    with under_hypercorn(App(), certificates) as origin, Delivery(PATIENT, trust) as delivery:
        found = calibrate(delivery, origin, GET, usual=0.0, protocols=[Protocol.HTTP2])
    assert found.way == Way(Protocol.HTTP2, Hold.LAST_HEADER_BYTES, 2)


@pytest.mark.parametrize(
    ("shot", "hold", "trials"), [(GET, Hold.LAST_HEADER_BYTES, 0), (POST, Hold.END_STREAM, 1)]
)
def test_in_clear_it_is_http1(shot: Shot, hold: Hold, trials: int) -> None:
    """Half a header section starts no handler: that needs no trial."""
    app = App()
    with under_uvicorn(app) as origin, Delivery(PATIENT) as delivery:
        found = calibrate(delivery, origin, shot, copies=3, usual=0.01)
    assert found.way == Way(Protocol.HTTP1, hold, 3)
    assert len(found.trials) == len(app.begun) == trials


def test_a_server_that_answers_headers_is_held_in_them() -> None:
    """Whoever answers before the body is there is held before the header section is."""

    def handler(connection: socket.socket) -> None:
        head = request(connection)
        connection.sendall(OK)
        if head.endswith(b"\r\n\r\n"):
            connection.recv(100)

    with scripted(handler) as origin, Delivery(PATIENT) as delivery:
        found = calibrate(delivery, origin, POST)
    assert [trial.held for trial in found.trials] == [False, True]
    assert found.way == Way(Protocol.HTTP1, Hold.LAST_HEADER_BYTES, 2)


def test_without_an_answer_nothing_is_certain() -> None:
    def handler(connection: socket.socket) -> None:
        connection.recv(1)

    with scripted(handler) as origin, Delivery(PATIENT) as delivery:
        found = calibrate(delivery, origin, POST)
    assert not found.certain
    assert found.way == Way(Protocol.HTTP1, Hold.WHOLE, 2)
    assert not any(trial.held for trial in found.trials)
