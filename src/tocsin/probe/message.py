"""What goes over the wire and what comes back: volleys of shots, answers, failures.

Nouns only. All times are seconds of one monotonic clock (``time.perf_counter``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

Headers = tuple[tuple[str, str], ...]
"""In the order sent or received; names of answers are lower case."""


class Protocol(StrEnum):
    """A version of HTTP. The value is the one of RFC 7301's registry (ALPN)."""

    HTTP1 = "http/1.1"
    HTTP2 = "h2"
    HTTP3 = "h3"


class Hold(StrEnum):
    """What is kept back of a request until the volley is released."""

    END_STREAM = "the end of the body"
    """The last byte of the body, or the frame that ends a stream without one."""
    LAST_HEADER_BYTES = "the last header bytes"
    """The server has not seen a whole header section: no handler can have started."""
    WHOLE = "whole requests"
    """Nothing is sent ahead; a connection's requests leave together, in one segment if they fit."""


class Reason(StrEnum):
    """Why a shot has no answer. The value is said to the user."""

    UNREACHABLE = "the server could not be reached"
    TLS = "TLS could not be established"
    TIMEOUT = "no complete answer in time"
    CLOSED = "the server closed the connection early"
    GOAWAY = "the server ended the connection (GOAWAY)"
    RESET = "the server reset the stream (RST_STREAM)"
    GARBAGE = "what the server sent is not valid HTTP"
    TOO_LARGE = "the answer is larger than the cap"
    STREAMS = "the server allows too few streams at a time"
    CONNECTIONS = "more connections are needed than are allowed"
    REQUEST = "the request cannot be sent"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where requests go: RFC 6454's scheme, host and port.

    ``address`` is the one to connect to, where it has been decided that no name service is to be
    asked again; empty, the host's own.
    """

    scheme: str
    host: str
    port: int
    address: str = ""

    @property
    def authority(self) -> str:
        """As ``Host`` and ``:authority`` have it: without the scheme's own port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS.get(self.scheme) else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"


_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Shot:
    """One request as it goes over the wire.

    ``target`` is the path with its query, ``headers`` carry the credentials of ``identity`` (and
    are therefore in no ``repr``); ``Host`` and ``Content-Length`` are the transport's. ``name``
    tells two shots of the same endpoint apart.
    """

    method: str
    target: str
    headers: Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    identity: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer. ``body`` is decoded (gzip, deflate).

    ``sent``: the kernel had the last byte of the request; ``first``: a byte of the final answer
    was there; ``done``: the last one was. A body that could not be decoded is left as it came,
    and ``encoded`` names its coding.
    """

    status: int
    headers: Headers
    body: bytes
    sent: float = 0.0
    first: float = 0.0
    done: float = 0.0
    encoded: str = ""

    def header(self, name: str) -> str | None:
        """The first field of that name (any case), if there is one."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key == wanted), None)


@dataclass(frozen=True, slots=True)
class Failure:
    """A shot without a complete answer. ``status`` is that of the answer's head, 0 without one.

    ``sent`` is 0 if the request was never released: then the server did not act on it.
    """

    reason: Reason
    detail: str = ""
    sent: float = 0.0
    done: float = 0.0
    status: int = 0

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}" if self.detail else str(self.reason)


Result = Answer | Failure


@dataclass(frozen=True, slots=True)
class Way:
    """How a volley is delivered. Shots are dealt to the connections in turn."""

    protocol: Protocol = Protocol.HTTP1
    hold: Hold = Hold.LAST_HEADER_BYTES
    connections: int = 1

    def carrying(self, shots: int) -> Way:
        """The same for more shots: over HTTP/1.1 each needs a connection."""
        return replace(self, connections=shots) if self.protocol is Protocol.HTTP1 else self

    def __str__(self) -> str:
        count = f"{self.connections} connection{'s' if self.connections > 1 else ''}"
        return f"{_NAMES[self.protocol]}, {count}, holding back {self.hold}"


_NAMES = {Protocol.HTTP1: "HTTP/1.1", Protocol.HTTP2: "HTTP/2", Protocol.HTTP3: "HTTP/3"}


@dataclass(frozen=True, slots=True)
class Volley:
    """Shots that are released at once, or at ``offsets``: seconds after the first, one a shot."""

    origin: Origin
    shots: tuple[Shot, ...]
    way: Way = Way()
    offsets: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not self.shots:
            raise ValueError("a volley needs a shot")
        if self.offsets and len(self.offsets) != len(self.shots):
            raise ValueError("a volley has one offset for each shot, or none")
        if any(offset < 0 for offset in self.offsets):
            raise ValueError("a shot cannot be released before the volley is")


@dataclass(frozen=True, slots=True)
class Observation:
    """What became of a volley: one result a shot, in their order.

    ``way`` is how it was really delivered: servers may allow fewer streams, or speak another
    version. ``released`` is when the first release was begun.
    """

    volley: Volley
    results: tuple[Result, ...]
    way: Way
    released: float

    @property
    def answers(self) -> tuple[Answer, ...]:
        return tuple(each for each in self.results if isinstance(each, Answer))

    @property
    def failures(self) -> tuple[Failure, ...]:
        return tuple(each for each in self.results if isinstance(each, Failure))

    @property
    def spread(self) -> float:
        """Seconds from the first to the last release, as the sender saw them."""
        return _range(each.sent for each in self.results if each.sent)

    @property
    def early(self) -> int:
        """Answers that came before the release: what was held back was not waited for."""
        return sum(each.first < self.released for each in self.answers)

    @property
    def overlapped(self) -> bool:
        """Whether all requests were under way at one moment: no answer before the last release.

        That is a proof for the network, not for the handlers: a server may still queue requests.
        """
        sent = [each.sent for each in self.results]
        first = [each.first for each in self.answers]
        return len(sent) > 1 and all(sent) and bool(first) and max(sent) <= min(first)


def _range(times: Iterable[float]) -> float:
    known = list(times)
    return max(known) - min(known) if known else 0.0
