"""What a refusal looks like on the wire: ``application/problem+json``, RFC 9457."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from tocsin.guard.errors import GuardError, NotModified


@dataclass(frozen=True, slots=True)
class Problem:
    """An answer that any framework can send."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def of(error: GuardError) -> Problem:
    """The answer to a request that a guard refused; that of ``NotModified`` has no body."""
    if isinstance(error, NotModified):
        return Problem(error.status, error.headers, b"")
    told = {"title": error.title, "status": error.status, "detail": error.detail}
    headers = {**error.headers, "Content-Type": "application/problem+json"}
    return Problem(error.status, headers, json.dumps(told).encode())
