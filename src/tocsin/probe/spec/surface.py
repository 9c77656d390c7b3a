"""What is known of an API before a request is sent to it."""

from __future__ import annotations

from dataclasses import dataclass, field

from tocsin.errors import UsageError
from tocsin.model.http import Operation


class Unreadable(UsageError):
    """The document is none that tells of an API: one sentence, without its name."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request as somebody sent or wrote it down, credentials and all.

    ``url`` is absolute, or a path where the document leaves out the server.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    name: str = ""


@dataclass(frozen=True, slots=True)
class Surface:
    """The operations that a document describes, or the requests that it holds.

    ``servers`` are the addresses that it names for itself, as they stand in it.
    """

    kind: str
    operations: tuple[Operation, ...] = ()
    recorded: tuple[Recorded, ...] = ()
    servers: tuple[str, ...] = ()
    title: str = ""
    notes: tuple[str, ...] = ()
