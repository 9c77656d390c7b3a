"""Where an OpenAPI document describes an operation: a line of its text, JSON or YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence


def line_of(text: str, endpoint: str) -> int | None:
    """The line, from 1, of ``POST /orders`` in the text; ``None`` if it is not written there.

    The document may leave out the beginning of the path, which its server has.
    """
    method, _, path = endpoint.partition(" ")
    lines = text.splitlines()
    for shorter in _shorter(path):
        begin = _key(lines, re.escape(shorter), 0)
        if begin is not None:
            found = _key(lines, method.lower(), begin)
            return begin + 1 if found is None else found + 1
    return None


def _shorter(path: str) -> Iterator[str]:
    while path.startswith("/"):
        yield path
        path = "/" + path[1:].partition("/")[2] if "/" in path[1:] else ""


def _key(lines: Sequence[str], key: str, begin: int) -> int | None:
    """The first line from ``begin`` on that has the key; after a path, before the next one."""
    wanted = re.compile(rf"""(?:^|[\s{{,])(["']?){key}\1\s*:""")
    another = re.compile(r"""^\s*["']?/[^\s:]*["']?\s*:""")
    for number in range(begin, len(lines)):
        if wanted.search(lines[number]):
            return number
        if begin and number > begin and another.match(lines[number]):
            return None
    return None
