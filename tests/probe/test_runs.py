"""Requests are raced in the versions of HTTP that were asked for."""

from __future__ import annotations

import pytest

from tests.probe.certificates import Certificates, certificates
from tests.probe.servers import App, over_quic, under_hypercorn
from tests.probe.transports.peers import Http3Peer
from tocsin.model.http import Request
from tocsin.probe.checks.base import Attack
from tocsin.probe.client import Client
from tocsin.probe.delivery import Delivery
from tocsin.probe.identity import Sessions
from tocsin.probe.message import Origin, Protocol
from tocsin.probe.redaction import Redactor
from tocsin.probe.runs import Runs
from tocsin.probe.transports.base import Limits
from tocsin.probe.transports.trust import Trust
from tocsin.probe.world import AsItIs

__all__ = ["certificates"]

PATIENT = Limits(connect=10, settle=10, answer=10)
ORDER = Request("order", "POST /orders", "POST", "/orders", body=b"{}")
ATTACK = Attack("parallel replay", (ORDER, ORDER))


def raced(origin: Origin, certificates: Certificates, *protocols: Protocol) -> Protocol:
    trust = Trust(cafile=str(certificates.authority))
    with Delivery(PATIENT, trust) as delivery:
        client = Client(origin, delivery, Sessions.of(()), Redactor(), protocols=protocols)
        client.may_change = True
        return Runs(client, AsItIs()).way(ATTACK).protocol


@pytest.mark.parametrize(
    ("asked", "used"),
    [
        ((), Protocol.HTTP2),
        ((Protocol.HTTP2, Protocol.HTTP1), Protocol.HTTP2),
        ((Protocol.HTTP1,), Protocol.HTTP1),
    ],
)
def test_over_tls(asked: tuple[Protocol, ...], used: Protocol, certificates: Certificates) -> None:
    with under_hypercorn(App(), certificates) as origin:
        assert raced(origin, certificates, *asked) is used


def test_over_quic(certificates: Certificates) -> None:
    def react(peer: Http3Peer) -> None:
        for place in range(len(peer.requests())):
            if place not in peer.answered:
                peer.answered.add(place)
                peer.answer(place, 200, (), b"ok")

    with over_quic(certificates, react) as origin:
        assert raced(origin, certificates, Protocol.HTTP3) is Protocol.HTTP3
