"""Entity tags, read and written as RFC 9110, 8.8.3 says."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tocsin.guard.errors import Malformed

_LONGEST = 8192
# etagc: any visible character but the quote, and the upper half of Latin-1.
_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_OPAQUE = re.compile(r"[\x21\x23-\x7e\x80-\xff]*")
# A list may have empty elements, and white space around each: RFC 9110, 5.6.1.
_BETWEEN = re.compile(r"[ \t]*(?:,[ \t]*)*")


@dataclass(frozen=True, slots=True)
class Tag:
    """An entity tag. Raises ``ValueError`` for characters that none can have."""

    opaque: str
    weak: bool = False

    def __post_init__(self) -> None:
        if not _OPAQUE.fullmatch(self.opaque):
            raise ValueError(f"{self.opaque!r} has characters that no entity tag can have")

    def __str__(self) -> str:
        """As a header has it."""
        return f'{"W/" if self.weak else ""}"{self.opaque}"'

    def same(self, other: Tag) -> bool:
        """The strong comparison: byte for byte the same representation."""
        return self.opaque == other.opaque and not (self.weak or other.weak)

    def alike(self, other: Tag) -> bool:
        """The weak comparison: good enough to read."""
        return self.opaque == other.opaque


@dataclass(frozen=True, slots=True)
class Tags:
    """What ``If-Match`` and ``If-None-Match`` hold: some tags, or ``*`` for whatever there is."""

    listed: tuple[Tag, ...] = ()
    anything: bool = False


def parse(header: str) -> Tags:
    """Read ``If-Match`` or ``If-None-Match``. Raises ``Malformed``."""
    if len(header) > _LONGEST:
        raise Malformed("a list of entity tags that is too long")
    if header.strip(" \t") == "*":
        return Tags(anything=True)
    tags: list[Tag] = []
    at = _after(header, 0)
    while at < len(header):
        found = _TAG.match(header, at)
        if found is None:
            raise Malformed('not a list of entity tags, such as "1", W/"2"')
        tags.append(Tag(found[2], weak=found[1] is not None))
        at = _after(header, found.end())
        if at < len(header) and "," not in header[found.end() : at]:
            raise Malformed("entity tags have commas between them")
    if not tags:
        raise Malformed("an empty list of entity tags")
    return Tags(tuple(tags))


def _after(header: str, at: int) -> int:
    found = _BETWEEN.match(header, at)
    return found.end() if found else at
