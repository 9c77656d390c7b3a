"""A server in the hand: answers by table, remembers what was sent, and a clock that obeys."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tocsin.model.http import Identity, Response
from tocsin.probe.client import Client, Clock
from tocsin.probe.identity import Sessions
from tocsin.probe.message import Answer, Observation, Origin, Protocol, Result, Shot, Volley, Way
from tocsin.probe.pace import Pace
from tocsin.probe.redaction import Redactor
from tocsin.probe.script import Together

HERE = Origin("http", "127.0.0.1", 8000)
Handler = Callable[[Shot], Result]


@dataclass
class Server:
    """A `Sender` that asks a function; a volley's shots one after the other."""

    handler: Handler
    shots: list[Shot] = field(default_factory=list)

    def send(self, origin: Origin, shot: Shot, protocol: Protocol = Protocol.HTTP1) -> Result:
        self.shots.append(shot)
        return self.handler(shot)

    def deliver(self, volley: Volley, pause: float = 0.0) -> Observation:
        results = tuple(self.send(volley.origin, shot) for shot in volley.shots)
        return Observation(volley, results, volley.way, 0.0)


@dataclass
class Time:
    """Passes when somebody sleeps."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    @property
    def clock(self) -> Clock:
        begin = datetime(2026, 11, 22, tzinfo=UTC)
        return Clock(
            lambda: self.seconds, self.sleep, lambda: begin + timedelta(seconds=self.seconds)
        )


def client(
    handler: Handler,
    identities: Iterable[Identity] = (),
    *,
    may_change: bool = True,
    pace: Pace | None = None,
    time: Time | None = None,
) -> tuple[Client, Server]:
    server = Server(handler)
    made = Client(
        HERE,
        server,
        Sessions.of(identities),
        Redactor(),
        pace or Pace(),
        may_change=may_change,
        clock=(time or Time()).clock,
    )
    return made, server


def observed(step: Together, *responses: Response, seconds: float = 0.0) -> Observation:
    """What a script is told of a volley: these answers, each after so many seconds."""
    shots = tuple(Shot(one.method, one.path) for one in step.attack.requests)
    results = tuple(
        Answer(one.status, one.headers, one.body, 1.0, 1.0 + seconds, 1.0 + seconds)
        for one in responses
    )
    return Observation(Volley(HERE, shots), results, Way(), 1.0)


def answer(status: int = 200, body: bytes = b"{}", *headers: tuple[str, str]) -> Answer:
    return Answer(status, headers, body)
