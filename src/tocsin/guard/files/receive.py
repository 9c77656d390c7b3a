"""What a client sends, stored as it comes."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager

from tocsin.guard.errors import TooLarge
from tocsin.guard.files.draft import Draft
from tocsin.guard.files.root import Root

CHUNK = 64 * 1024
_DIGITS = 18


def announced(length: str | None) -> int | None:
    """What ``Content-Length`` says; None where it says nothing. Raises ``TooLarge``."""
    if not length or not length.isdecimal():
        return None
    if len(length) > _DIGITS:
        raise TooLarge("more bytes are announced than there are")
    return int(length)


def reserved(
    root: Root, name: str, *, limit: int, announced: int | None, replace: bool, mode: int
) -> AbstractContextManager[Draft]:
    """A new file, or one instead of what is there."""
    begun = root.replace if replace else root.create
    return begun(name, limit=limit, announced=announced, mode=mode)


def received(draft: AbstractContextManager[Draft], chunks: Iterable[bytes]) -> int:
    """Write what comes, and say how many bytes that were. Nothing is kept of what breaks off."""
    with draft as writing:
        for chunk in chunks:
            writing.write(chunk)
    return writing.size
