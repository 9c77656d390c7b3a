"""Every request of a scan goes through here: scope, pace, credentials of today, the log."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from urllib.parse import urlencode

from tocsin.errors import TocsinError
from tocsin.model.http import Request, Response
from tocsin.probe.har import ENTRIES, LONGEST, Sent
from tocsin.probe.identity import Sessions
from tocsin.probe.message import (
    Answer,
    Failure,
    Hold,
    Observation,
    Origin,
    Protocol,
    Reason,
    Result,
    Shot,
    Volley,
    Way,
)
from tocsin.probe.pace import Exhausted, Pace
from tocsin.probe.redaction import Redactor
from tocsin.probe.scope import SAFE_METHODS
from tocsin.probe.sender import Sender

USER_AGENT = f"tocsin/{version('tocsin')} (+https://github.com/tocsin-dev/tocsin)"
UNANSWERED = 504
"""The status that stands for no answer; ``error`` says why there is none."""


SILENCE = 12
"""Requests without an answer, one after the other: then nobody is there any more."""

_SERVERS = frozenset(
    {Reason.UNREACHABLE, Reason.TLS, Reason.TIMEOUT, Reason.CLOSED, Reason.GOAWAY, Reason.GARBAGE}
)
"""Failures that say something about the server, not about the request."""


class Silent(Exhausted):
    """A server that has stopped answering: waiting for it again and again would take hours."""

    exit_code = 5


class NotAllowed(TocsinError):
    """A request that may change something, where nothing may be changed."""


@dataclass(slots=True)
class Clock:
    """Time, and how to spend it; tests bring their own."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    today: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))


@dataclass(slots=True)
class Client:
    """Sends requests to one origin. Raises `Exhausted` and `NotAllowed`, and nothing else.

    ``protocols`` are what volleys may be sent in, those usual for the origin if none.
    """

    origin: Origin
    sender: Sender
    sessions: Sessions
    redactor: Redactor
    pace: Pace = field(default_factory=Pace)
    may_change: bool = False
    protocols: tuple[Protocol, ...] = ()
    clock: Clock = field(default_factory=Clock)
    log: list[Sent] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    silent: int = 0
    _volleys: int = 0

    def ask(self, request: Request) -> Response:
        """One request, answered. Expired credentials are made again, once."""
        return answered(self.exchange(request))

    def read(self, requests: Sequence[Request]) -> list[Response]:
        """Requests that change nothing, answered: under way together, as none minds another."""
        if len(requests) <= 1:
            return [self.ask(one) for one in requests]
        seen = self.fire(requests, Way(Protocol.HTTP1, Hold.WHOLE, len(requests)), ())
        return [
            self.ask(one) if self._lost(one, found) else answered(found)
            for one, found in zip(requests, seen.results, strict=True)
        ]

    def exchange(self, request: Request) -> Result:
        """The same with the times of the answer."""
        result = self._once(request)
        refused = isinstance(result, Answer) and result.status == 401
        return self._once(request) if refused and self.log_in(request.identity) else result

    def log_in(self, name: str) -> bool:
        """Give an identity its credentials. ``False`` if it needs none, or gets none."""
        if name not in self.sessions.known:
            return False
        request = self.sessions.login(name)
        if request is None:
            return False
        # A login changes no more than who asks: it is allowed wherever requests are.
        allowed, self.may_change = self.may_change, True
        try:
            response = answered(self.send(self.origin, shot(request)))
        finally:
            self.may_change = allowed
        reason, secrets = self.sessions.logged_in(name, response)
        self.redactor.learn(secrets)
        if reason:
            self.notes.append(reason)
        return not reason

    def fire(
        self,
        requests: Sequence[Request],
        way: Way,
        offsets: Sequence[float],
        *,
        defiant: bool = False,
    ) -> Observation:
        """A volley. ``defiant``: nobody waits because of its answers: limits are looked for."""
        volley = Volley(self.origin, self.shots(requests), way, tuple(offsets))
        return self.deliver(volley, defiant=defiant)

    def shots(self, requests: Sequence[Request]) -> tuple[Shot, ...]:
        """The requests with the credentials of today, as they would be sent."""
        return tuple(shot(self.sessions.worn(request)) for request in requests)

    def send(self, origin: Origin, shot: Shot, protocol: Protocol = Protocol.HTTP1) -> Result:
        """A `Sender` like the one behind it, but paced and logged."""
        self._allow(shot.method, f"{shot.method} {shot.target}")
        self._wait(1)
        at = self.clock.today()
        result = self.sender.send(origin, shot, protocol)
        self._remember(Sent(origin, shot, result, at))
        return result

    def deliver(self, volley: Volley, pause: float = 0.0, *, defiant: bool = False) -> Observation:
        """A volley, paced and logged."""
        for one in volley.shots:
            self._allow(one.method, f"{one.method} {one.target}")
        self._wait(len(volley.shots))
        self._volleys += 1
        at = self.clock.today()
        observation = self.sender.deliver(volley, pause)
        for one, result in zip(volley.shots, observation.results, strict=True):
            self._remember(Sent(volley.origin, one, result, at, self._volleys), defiant=defiant)
        return observation

    def _lost(self, request: Request, found: Result) -> bool:
        """Whether a read that was sent beside others is worth sending again."""
        if isinstance(found, Failure):
            return True
        who = self.sessions.known.get(request.identity)
        return found.status == 401 and who is not None and who.login is not None

    def _once(self, request: Request) -> Result:
        return self.send(self.origin, shot(self.sessions.worn(request)))

    def _allow(self, method: str, named: str) -> None:
        if not self.may_change and method not in SAFE_METHODS:
            raise NotAllowed(f"{named} may change something: say --active to send it")

    def _wait(self, count: int) -> None:
        if self.silent >= SILENCE:
            raise Silent(f"{self.origin} has not answered {self.silent} requests in a row")
        seconds = self.pace.take(count, self.clock.now())
        if seconds > 0:
            self.clock.sleep(seconds)

    def _remember(self, sent: Sent, *, defiant: bool = False) -> None:
        result = sent.result
        if len(self.log) < ENTRIES:
            self.log.append(_shortened(sent))
        if isinstance(result, Failure):
            self.silent += result.reason in _SERVERS
            return
        self.silent = 0
        secrets = self.sessions.rotated(sent.shot.identity, answered(result))
        self.redactor.learn(secrets)
        if not defiant:
            told = result.header("retry-after")
            self.pace.told(result.status, told, self.clock.now(), self.clock.today())


def shot(request: Request) -> Shot:
    """The request as it goes over the wire."""
    query = urlencode(request.query)
    known = {name.lower() for name, _ in request.headers}
    own = (("user-agent", USER_AGENT), ("accept", "application/json, */*;q=0.5"))
    return Shot(
        request.method,
        request.path + (f"?{query}" if query else ""),
        (*(pair for pair in own if pair[0] not in known), *request.headers),
        request.body,
        request.identity,
        request.name,
    )


def _shortened(sent: Sent) -> Sent:
    """As much of it as the log shows: large answers, kept by the thousand, fill the memory."""
    if isinstance(sent.result, Answer) and len(sent.result.body) > LONGEST:
        return replace(sent, result=replace(sent.result, body=sent.result.body[: LONGEST + 1]))
    return sent


def answered(result: Result) -> Response:
    """What came back, as the engines know it."""
    if isinstance(result, Answer):
        return Response(result.status, result.headers, result.body)
    return Response(UNANSWERED, error=str(result))
