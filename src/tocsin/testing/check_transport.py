"""Conformance kit for transports: what a framing must hold for an observation to mean anything.

Write a `Peer`, the server's side of the protocol in memory, and let pytest run each of `CHECKS`::

    @pytest.mark.parametrize("check", CHECKS)
    def test_conforms(check):
        check(HTTP1, Http1Peer)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import count

from tocsin.probe.message import Answer, Failure, Headers, Hold, Origin, Reason, Shot
from tocsin.probe.transports.base import Limits, Transport
from tocsin.probe.transports.exchange import Exchange

ORIGIN = Origin("https", "api.example", 443)
SHOTS = (
    Shot("GET", "/orders/1?full=yes", (("Accept", "application/json"),)),
    Shot("POST", "/orders/1/cancel"),
    Shot("PUT", "/orders/1", (("Content-Type", "text/plain"),), b"paid"),
    Shot("DELETE", "/orders/1", (("Authorization", "Basic YTpi"), ("X-Name", "é"))),
    Shot("PATCH", "/orders/1", (), b"1"),
)
_ROUNDS = 1000


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as the server understood it. Names of ``headers`` are lower case."""

    method: str
    target: str
    headers: Headers
    body: bytes


class Peer(ABC):
    """The server's side of one connection, without its socket."""

    stream = True
    """Whether bytes may be split anywhere; datagrams may not."""

    @abstractmethod
    def receive(self, data: bytes) -> None:
        """Bytes of the client."""

    @abstractmethod
    def take(self) -> list[bytes]:
        """What to write to the client now."""

    @abstractmethod
    def begun(self) -> int:
        """How many header sections are complete."""

    @abstractmethod
    def requests(self) -> list[Seen]:
        """The complete requests, in the order of their beginnings."""

    @abstractmethod
    def answer(
        self, place: int, status: int, headers: Headers, body: bytes, *, ends: bool = True
    ) -> None:
        """Answer the request of that place, with an end or without."""

    @abstractmethod
    def inform(self, place: int, status: int) -> None:
        """An interim answer (1xx)."""


class Link:
    """A framing and a peer, and a clock that goes on by one with every piece of data."""

    def __init__(self, transport: Transport, peer: Peer, limits: Limits | None = None) -> None:
        self.framing = transport.framing(ORIGIN, limits or Limits())
        self.peer = peer
        self._clock = count(1)
        self.framing.open(self.now())
        self.turn()

    def now(self) -> float:
        return float(next(self._clock))

    def turn(self, split: Callable[[bytes], Iterable[bytes]] = lambda data: (data,)) -> None:
        """Carry bytes both ways until there are none; ``split`` cuts those of the server."""
        for _ in range(_ROUNDS):
            ours, theirs = self.framing.take(), self.peer.take()
            for data in ours:
                self.peer.receive(data)
            for data in theirs:
                for part in split(data) if self.peer.stream else (data,):
                    self.framing.receive(part, self.now())
            if not ours and not theirs:
                return
        raise AssertionError("they never stop talking")

    def volley(self, shots: Sequence[Shot], hold: Hold = Hold.WHOLE) -> list[Exchange]:
        """Load and release shots, and let everything arrive."""
        exchanges = self.framing.load(shots, hold)
        self.turn()
        self.framing.release(exchanges)
        self.turn()
        return exchanges

    @property
    def few(self) -> tuple[Shot, ...]:
        """As many shots as one connection carries."""
        return SHOTS[: self.framing.capacity]


Fresh = Callable[[], Peer]


def requests_arrive_as_written(transport: Transport, fresh: Fresh) -> None:
    """Method, target, fields and body; and the fields that a transport writes."""
    for shot in SHOTS:
        link = Link(transport, fresh())
        link.volley([shot])
        (seen,) = link.peer.requests()
        assert (seen.method, seen.target, seen.body) == (shot.method, shot.target, shot.body)
        headers = dict(seen.headers)
        for name, value in shot.headers:
            assert headers[name.lower()] == value
        assert (headers.get("host") or headers[":authority"]) == ORIGIN.authority
        assert headers.get("content-length", "0") == str(len(shot.body))


def nothing_is_complete_before_its_release(transport: Transport, fresh: Fresh) -> None:
    """Wherever it is held; and everything is, after."""
    for hold in transport.holds:
        link = Link(transport, fresh())
        shots = link.few
        exchanges = link.framing.load(shots, hold)
        link.turn()
        assert link.framing.settled, hold
        assert link.peer.requests() == [], hold
        if hold is not Hold.END_STREAM:
            assert link.peer.begun() == 0, hold
        assert not any(each.flushed for each in exchanges), hold
        link.framing.release(exchanges)
        link.turn()
        assert [seen.body for seen in link.peer.requests()] == [shot.body for shot in shots], hold
        assert all(each.flushed for each in exchanges), hold


def shots_are_released_one_by_one(transport: Transport, fresh: Fresh) -> None:
    """Each when it is told to, in the order in which they were loaded."""
    for hold in transport.holds:
        link = Link(transport, fresh())
        exchanges = link.framing.load(link.few, hold)
        link.turn()
        for done, exchange in enumerate(exchanges, 1):
            link.framing.release([exchange])
            link.turn()
            assert len(link.peer.requests()) == done, hold


def answers_are_read(transport: Transport, fresh: Fresh) -> None:
    """Status, fields with names in lower case, body; after any interim answers."""
    link = Link(transport, fresh())
    exchanges = link.volley(link.few)
    for place in reversed(range(len(exchanges))):
        link.peer.inform(place, 103)
        link.peer.inform(place, 103)
        link.peer.answer(place, 201, (("X-Place", str(place)),), b"made %d" % place)
        link.turn()
    for place, exchange in enumerate(exchanges):
        answer = exchange.result()
        assert isinstance(answer, Answer)
        assert (answer.status, answer.body) == (201, b"made %d" % place)
        assert answer.header("X-Place") == str(place)
        assert 0 < answer.first <= answer.done


def splits_change_nothing(transport: Transport, fresh: Fresh) -> None:
    """Byte by byte, the server says the same."""
    link = Link(transport, fresh())
    exchanges = link.volley(link.few)
    for place in range(len(exchanges)):
        link.peer.answer(place, 409, (("a", "b"),), b"no" * place)
    link.turn(lambda data: (data[at : at + 1] for at in range(len(data))))
    answers = [each.result() for each in exchanges]
    assert [each.status for each in answers] == [409] * len(exchanges)
    assert [each.body for each in answers if isinstance(each, Answer)] == [
        b"no" * place for place in range(len(exchanges))
    ]


def early_answers_are_kept(transport: Transport, fresh: Fresh) -> None:
    """A server may answer before it has the request; what is released then does no harm."""
    if Hold.END_STREAM not in transport.holds:
        return
    link = Link(transport, fresh())
    (exchange,) = link.framing.load([SHOTS[2]], Hold.END_STREAM)
    link.turn()
    link.peer.answer(0, 401, (), b"who?")
    link.turn()
    assert exchange.over
    assert exchange.result().status == 401
    link.framing.release([exchange])
    link.turn()
    assert exchange.result().status == 401


def an_early_end_is_told(transport: Transport, fresh: Fresh) -> None:
    """Half an answer is none."""
    link = Link(transport, fresh())
    exchanges = link.volley(link.few)
    link.peer.answer(0, 200, (("content-length", "100"),), b"half", ends=False)
    link.turn()
    link.framing.end(link.now())
    for exchange in exchanges:
        failure = exchange.result()
        assert isinstance(failure, Failure)
        assert failure.reason is Reason.CLOSED
    assert exchanges[0].result().status == 200
    assert not link.framing.reusable
    assert link.framing.capacity == 0


def endless_bodies_are_cut_off(transport: Transport, fresh: Fresh) -> None:
    """At the cap; and no more than that is kept."""
    limits = Limits(body=1000)
    link = Link(transport, fresh(), limits)
    exchange, *_ = link.volley(link.few)
    link.peer.answer(0, 200, (("content-length", "5000"),), b"x" * 5000, ends=False)
    link.turn()
    failure = exchange.result()
    assert isinstance(failure, Failure)
    assert failure.reason is Reason.TOO_LARGE
    assert len(exchange.body) <= limits.body


def nonsense_is_told(transport: Transport, fresh: Fresh) -> None:
    """Whatever comes: a reason, no exception, and nothing more is taken from this connection."""
    for nonsense in (
        b"\0" * 64,
        b"\xff" * 64,
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
    ):
        link = Link(transport, fresh())
        exchange, *_ = link.volley(link.few)
        link.framing.receive(nonsense, link.now())
        link.framing.end(link.now())
        failure = exchange.result()
        assert isinstance(failure, Failure), nonsense
        assert failure.reason in {Reason.GARBAGE, Reason.CLOSED}, nonsense
        assert link.framing.capacity == 0


def volleys_follow_each_other(transport: Transport, fresh: Fresh) -> None:
    """On the same connection, once everything is answered."""
    link = Link(transport, fresh())
    done = 0
    for hold in transport.holds:
        shots = link.few
        assert shots
        exchanges = link.volley(shots, hold)
        assert not link.framing.reusable
        for place in range(len(shots)):
            link.peer.answer(done + place, 200, (("content-length", "2"),), b"ok")
        link.turn()
        done += len(shots)
        assert [each.result().status for each in exchanges] == [200] * len(shots), hold
        assert link.framing.reusable, hold


def what_cannot_be_sent_is_told(transport: Transport, fresh: Fresh) -> None:
    """A line break in a field would be a second field."""
    link = Link(transport, fresh())
    (exchange,) = link.volley([Shot("GET", "/", (("x", "a\r\nb: c"),))])
    failure = exchange.result()
    assert isinstance(failure, Failure)
    assert failure.reason is Reason.REQUEST
    assert not failure.sent
    assert link.peer.requests() == []


Check = Callable[[Transport, Fresh], None]

CHECKS: tuple[Check, ...] = (
    requests_arrive_as_written,
    nothing_is_complete_before_its_release,
    shots_are_released_one_by_one,
    answers_are_read,
    splits_change_nothing,
    early_answers_are_kept,
    an_early_end_is_told,
    endless_bodies_are_cut_off,
    nonsense_is_told,
    volleys_follow_each_other,
    what_cannot_be_sent_is_told,
)


def check_transport(transport: Transport, fresh: Fresh) -> None:
    """Run all checks, each with peers that are ``fresh``; raises ``AssertionError``."""
    for check in CHECKS:
        check(transport, fresh)
