"""What a transport is: the framing of one connection, as bytes in and bytes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol as Interface

from tocsin.probe.message import Hold, Origin, Protocol, Reason, Shot
from tocsin.probe.transports.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds in seconds and bytes: no server can make a volley last longer or grow beyond them."""

    connect: float = 5.0
    """To open one connection, TLS included."""
    settle: float = 5.0
    """For everything that is sent ahead to arrive."""
    pause: float = 0.01
    """Between what was sent ahead and the release, at most; two round trips if those are longer.

    Less where the server answers whole requests in less."""
    answer: float = 10.0
    """From the last release to the last byte of the last answer."""
    head: int = 64 * 1024
    """Of an answer's header section."""
    body: int = 4 * 1024 * 1024
    """Of an answer's body, as sent and decoded."""
    connections: int = 64
    """Open at a time, for one volley."""


class Framing(Interface):
    """One connection without its socket. Times are given, never asked for.

    A driver writes what ``take`` gives, in order, and hands over what it reads. ``ready`` says
    that shots may be loaded (``capacity`` of them), ``settled`` that everything which may be sent
    ahead was, ``reusable`` that another volley may follow once all exchanges are over.
    """

    protocol: Protocol
    trouble: tuple[Reason, str] | None
    """What broke the connection, if anything did."""

    @property
    def ready(self) -> bool: ...

    @property
    def capacity(self) -> int: ...

    @property
    def settled(self) -> bool: ...

    @property
    def reusable(self) -> bool: ...

    def open(self, now: float) -> None:
        """Begin the connection; called once, first."""

    def load(self, shots: Sequence[Shot], hold: Hold) -> list[Exchange]:
        """Send all that ``hold`` allows ahead; shots in the order of their release."""

    def nudge(self) -> None:
        """Something that completes no request, where there is such a thing: the server wakes up.

        A server that is asleep is woken by the first request of a volley, and may have answered it
        before the second arrives; one that is awake takes all of them in at once.
        """

    def release(self, exchanges: Iterable[Exchange]) -> None:
        """Let the rest of these requests follow: the next ``take`` has it."""

    def take(self) -> list[bytes]:
        """What to write now; a datagram each, where there are datagrams."""

    def receive(self, data: bytes, now: float) -> None:
        """Bytes (or one datagram) of the server."""

    def end(self, now: float) -> None:
        """The server will send nothing more."""

    def timer(self) -> float | None:
        """When ``tick`` wants to be called, if it does."""

    def tick(self, now: float) -> None:
        """The time of ``timer`` has come."""


@dataclass(frozen=True, slots=True)
class Transport:
    """One version of HTTP: ``holds`` are the points where it can keep back, the best first."""

    protocol: Protocol
    holds: tuple[Hold, ...]
    framing: Callable[[Origin, Limits], Framing]


CONNECTION_FIELDS = frozenset(
    {
        "connection",
        "content-length",
        "host",
        "keep-alive",
        "proxy-connection",
        "transfer-encoding",
        "upgrade",
    }
)
"""Fields of the connection, not of the request (RFC 9110 section 7.6.1): written by transports."""


def fields(shot: Shot) -> list[tuple[bytes, bytes]]:
    """The shot's own header fields as bytes."""
    return [
        (name.encode("latin-1", "replace"), octets(value))
        for name, value in shot.headers
        if name.lower() not in CONNECTION_FIELDS
    ]


def unsendable(shot: Shot) -> str:
    """Why no transport can send this, if so: a line break would make two fields of one."""
    parts = [shot.method, shot.target, *(part for pair in shot.headers for part in pair)]
    if any(forbidden in part for part in parts for forbidden in "\0\r\n"):
        return "a line break or a zero byte in its head"
    return ""


def authority(origin: Origin, shot: Shot) -> bytes:
    """What ``Host`` says: the origin's authority, or what the shot claims instead."""
    own = (value for name, value in shot.headers if name.lower() == "host")
    return octets(next(own, origin.authority))


def section(origin: Origin, shot: Shot) -> list[tuple[bytes, bytes]]:
    """The header section of HTTP/2 and HTTP/3 (RFC 9113 section 8.3)."""
    length = [(b"content-length", str(len(shot.body)).encode())] if shot.body else []
    return [
        (b":method", shot.method.encode("latin-1", "replace")),
        (b":scheme", origin.scheme.encode()),
        (b":authority", authority(origin, shot)),
        (b":path", shot.target.encode("utf-8", "surrogateescape")),
        *((name.lower(), value) for name, value in fields(shot)),
        *length,
    ]


def octets(text: str) -> bytes:
    """A field value as bytes: Latin-1 as it always was, UTF-8 where that is not enough."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape")


def has_length(shot: Shot) -> bool:
    """Whether the request says how long its body is; some servers want it of an empty one too."""
    return bool(shot.body) or shot.method in {"POST", "PUT", "PATCH"}
