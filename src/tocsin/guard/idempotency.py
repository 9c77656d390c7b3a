"""Requests that are carried out once, however often they are sent: ``Idempotency-Key``.

Source: draft-ietf-httpapi-idempotency-key-header-07. The first request with a key is carried out,
and its answer is kept; the same request gets that answer again, another one under the same key is
refused, and one that comes while the first is at work waits, or is told to come back.

A key belongs to an identity and an operation: who guesses the key of somebody else has one of
their own. This module decides; what a store does about it stands in the store's module.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tocsin.guard import structured
from tocsin.guard.errors import Conflict, Malformed, Unprocessable

HEADER = "Idempotency-Key"
SECOND = 1_000_000
KEEP = 86_400
"""Seconds for which an answer is kept."""
LEASE = 60
"""Seconds after which a request that has not answered is taken for dead."""
WAIT = 10
"""Seconds for which a request waits for the first one, where the database can wait."""

# What is of one connection, of one moment, or a secret of one client is not kept.
_UNKEPT = frozenset(
    (
        *("connection", "content-length", "date", "keep-alive", "proxy-authenticate", "server"),
        *("set-cookie", "te", "trailer", "transfer-encoding", "upgrade"),
    )
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with a key: under what it is kept, and what tells it from another request."""

    id: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, and is answered again."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @classmethod
    def of(cls, content: Any, status: int = 200) -> Answer:
        """Something as JSON."""
        body = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
        return cls(status, (("Content-Type", "application/json"),), body)

    @classmethod
    def made(cls, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> Answer:
        """A framework's response, without the headers that are not kept."""
        kept = tuple((name, value) for name, value in headers if name.lower() not in _UNKEPT)
        return cls(status, kept, body)

    def encode(self) -> str:
        """For a store: ASCII."""
        body = base64.b64encode(self.body).decode()
        return json.dumps([self.status, self.headers, body])

    @classmethod
    def decode(cls, kept: str) -> Answer:
        status, headers, body = json.loads(kept)
        return cls(status, tuple((name, value) for name, value in headers), base64.b64decode(body))


@dataclass(frozen=True, slots=True)
class Record:
    """What a store keeps of a key. ``lease`` and ``ends`` are microseconds since the epoch.

    Without an answer, whoever has the ``token`` is at work, until ``lease`` at the latest.
    """

    fingerprint: str
    token: str
    lease: int
    ends: int
    answer: str | None = None

    @classmethod
    def fresh(cls, asked: Asked, now: int, *, lease: float, keep: float) -> Record:
        """The claim of a request that wants to be the first."""
        token = secrets.token_hex(16)
        until, ends = now + int(lease * SECOND), now + int(keep * SECOND)
        return cls(asked.fingerprint, token, until, ends)


def asked(
    values: Sequence[str],
    *,
    identity: str | int,
    method: str,
    path: str,
    query: str = "",
    body: bytes = b"",
    required: bool = True,
) -> Asked | None:
    """What a request asks for; None without a key, where none is ``required``.

    ``values`` are those of all ``Idempotency-Key`` fields, ``identity`` is who sends it.
    Raises ``Malformed`` for a key that is missing, repeated, empty or no text in quotes, and
    ``ValueError`` where nobody is known to have sent it.
    """
    if identity in {"", None, False}:
        raise ValueError(f"an idempotency key belongs to somebody, not to {identity!r}")
    if not values:
        if required:
            raise Malformed(f"{HEADER} is missing")
        return None
    if len(values) > 1:
        raise Malformed(f"{HEADER} is there {len(values)} times")
    key = structured.string(HEADER, values[0])
    if not key:
        raise Malformed(f"{HEADER} is empty")
    return Asked(_digest(str(identity), method, path, key), _digest(query, body))


def judge(record: Record, asked: Asked, now: int) -> Answer | None:
    """The answer that is kept; None where the record is to be taken over: it is over, or dead.

    Raises ``Unprocessable`` for another request under the same key, ``Conflict`` while the first
    is at work.
    """
    if record.ends <= now:
        return None
    if record.fingerprint != asked.fingerprint:
        raise Unprocessable(f"{HEADER} was used for another request")
    if record.answer is not None:
        return Answer.decode(record.answer)
    if record.lease <= now:
        return None
    raise busy()


def busy() -> Conflict:
    """The first request is at work."""
    return Conflict(f"the request with this {HEADER} is at work", headers={"Retry-After": "1"})


def keeps(answer: Answer) -> bool:
    """Whether an answer is final: a server's error is not, and the request may be sent again."""
    return answer.status < 500


def _digest(*parts: str | bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        told = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        digest.update(len(told).to_bytes(8, "big") + told)
    return digest.hexdigest()
