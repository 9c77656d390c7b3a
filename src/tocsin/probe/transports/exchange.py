"""One shot under way: what has come of its answer so far."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

from tocsin.probe.message import Answer, Failure, Headers, Reason, Result, Shot

_DETAIL = 200
"""No more than this of what a server says is repeated to the user."""
_WINDOWS = {"gzip": 47, "x-gzip": 47, "deflate": 47}
"""Content codings as zlib calls them: 47 is zlib's header or gzip's, whichever is there."""
_RAW_DEFLATE = -15
_LAYERS = 3
"""Codings upon codings: more of them are no answer of an API."""

BEFORE = 1e-9
"""A time before all others: of what failed before it could be sent."""


@dataclass(slots=True, eq=False)
class Exchange:
    """A request and its answer. Filled by a framing; ``sent`` is the driver's to set.

    ``flushed``: the framing has handed out the last byte of the request.
    """

    shot: Shot
    cap: int
    flushed: bool = False
    sent: float = 0.0
    first: float = 0.0
    done: float = 0.0
    status: int = 0
    headers: Headers = ()
    body: bytearray = field(default_factory=bytearray)
    reason: Reason | None = None
    detail: str = ""

    @property
    def over(self) -> bool:
        return bool(self.done)

    def head(self, status: int, headers: list[tuple[bytes, bytes]], now: float) -> None:
        """The final status and header section."""
        self.status = status
        self.headers = tuple(
            (name.decode("latin-1").lower(), value.decode("latin-1"))
            for name, value in headers
            if not name.startswith(b":")
        )
        self.first = now

    def data(self, data: bytes, now: float) -> bool:
        """More of the body. False if that is too much: the exchange has failed then."""
        if len(self.body) + len(data) > self.cap:
            self.fail(Reason.TOO_LARGE, f"more than {self.cap} bytes", now)
            return False
        self.body += data
        return True

    def end(self, now: float) -> None:
        """The answer is complete."""
        if not self.over:
            self.done = now

    def fail(self, reason: Reason, detail: str, now: float) -> None:
        """There will be no complete answer. Says nothing about one that is complete."""
        if not self.over:
            self.reason, self.detail, self.done = reason, printable(detail), now

    def result(self) -> Result:
        """The answer, decoded, or why there is none."""
        if self.reason or not self.over:
            reason = self.reason or Reason.TIMEOUT
            return Failure(reason, self.detail, self.sent, self.done, self.status)
        body, left = decoded(bytes(self.body), _codings(self.headers), self.cap)
        if body is None:
            detail = f"more than {self.cap} bytes when decoded"
            return Failure(Reason.TOO_LARGE, detail, self.sent, self.done, self.status)
        return Answer(self.status, self.headers, body, self.sent, self.first, self.done, left)


def printable(text: str) -> str:
    """One short line, whatever a server sent."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[:_DETAIL]).split())
    return line if len(text) <= _DETAIL else f"{line}…"


def decoded(body: bytes, codings: list[str], cap: int) -> tuple[bytes | None, str]:
    """``body`` without its content codings, and the one that could not be undone, if any.

    ``None`` if more than ``cap`` bytes come out: nothing is unpacked beyond that.
    """
    for count, coding in enumerate(reversed(codings)):
        window = _WINDOWS.get(coding)
        if window is None or count == _LAYERS:
            return body, coding
        try:
            plain = _inflate(body, window, cap)
        except zlib.error:
            # Some servers mean raw deflate when they say deflate.
            try:
                plain = _inflate(body, _RAW_DEFLATE, cap)
            except zlib.error:
                return body, coding
        if plain is None:
            return None, coding
        body = plain
    return body, ""


def _inflate(body: bytes, window: int, cap: int) -> bytes | None:
    if not body:
        return body
    unpack = zlib.decompressobj(window)
    plain = unpack.decompress(body, cap + 1)
    if len(plain) > cap:
        return None
    if not unpack.eof:
        raise zlib.error("the stream is cut off")
    return plain


def _codings(headers: Headers) -> list[str]:
    words = [
        word for name, value in headers if name == "content-encoding" for word in value.split(",")
    ]
    return [word.strip().lower() for word in words if word.strip().lower() not in {"", "identity"}]
