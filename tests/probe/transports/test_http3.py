"""HTTP/3: the kit, and what only this version can do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.probe.certificates import Certificates, certificates
from tests.probe.transports.peers import Http3Peer
from tocsin.probe.message import Hold, Reason, Shot
from tocsin.probe.transports.base import Limits, Transport
from tocsin.probe.transports.http3 import HTTP3, Http3
from tocsin.probe.transports.trust import Trust
from tocsin.testing.check_transport import CHECKS, ORIGIN, Check, Link

__all__ = ["certificates"]

# Who is spoken to is no question of framing: verified in the tests with sockets.
UNVERIFIED = Transport(
    HTTP3.protocol, HTTP3.holds, lambda origin, limits: Http3(origin, limits, Trust(verify=False))
)
GET, POST = Shot("GET", "/orders/1"), Shot("POST", "/orders/1", (), b"body")


@pytest.fixture
def peer(certificates: Certificates) -> Callable[[], Http3Peer]:
    return lambda: Http3Peer(certificates)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_conforms(check: Check, peer: Callable[[], Http3Peer]) -> None:
    check(UNVERIFIED, peer)


@pytest.mark.parametrize("hold", Hold)
@pytest.mark.parametrize("shot", [GET, POST])
def test_twenty_requests_are_released_in_one_datagram(
    shot: Shot, hold: Hold, peer: Callable[[], Http3Peer]
) -> None:
    link = Link(UNVERIFIED, peer())
    exchanges = link.framing.load([shot] * 20, hold)
    link.turn()
    link.framing.release(exchanges)
    datagrams = link.framing.take()
    assert len(datagrams) == 1
    link.peer.receive(datagrams[0])
    assert len(link.peer.requests()) == 20


def test_a_reset_stream_is_one_failure(peer: Callable[[], Http3Peer]) -> None:
    server = peer()
    link = Link(UNVERIFIED, server)
    exchanges = link.volley([GET, GET])
    assert server.quic is not None
    server.quic.reset_stream(server.streams[0], 0x10B)
    link.peer.answer(1, 200, (), b"")
    link.turn()
    assert str(exchanges[0].result()) == "the server reset the stream (RST_STREAM): code 0x10b"
    assert exchanges[1].result().status == 200


def test_a_certificate_that_nobody_trusts(peer: Callable[[], Http3Peer]) -> None:
    link = Link(HTTP3, peer())
    assert not link.framing.ready
    assert link.framing.trouble is not None
    assert link.framing.trouble[0] is Reason.TLS


def test_nobody_answers() -> None:
    framing = Http3(ORIGIN, Limits(connect=1, settle=1, answer=1))
    framing.open(0.0)
    now = 0.0
    while framing.trouble is None:
        framing.take()
        timer = framing.timer()
        assert timer is not None
        assert now <= timer < 100
        now = timer
        framing.tick(now)
    assert framing.trouble == (Reason.UNREACHABLE, "Idle timeout")
