"""Which reads show what a request changed."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.model.http import Request
from tocsin.probe.discover import Working
from tocsin.scenario import words

MOST = 8


def readers(request: Request, working: Sequence[Working]) -> tuple[Request, ...]:
    """Reads that work, the nearest first: of the same things, by the same identity.

    One for each endpoint: another identity's answer to it says little more.
    """
    kin = nouns(request)
    ranked = sorted(
        (one.request for one in working if one.request.method == "GET"),
        key=lambda read: (
            read.identity != request.identity,
            not kin & nouns(read),
            "{" in read.endpoint,
        ),
    )
    found: dict[str, Request] = {}
    for read in ranked:
        found.setdefault(read.endpoint, read)
    return tuple(found.values())[:MOST]


def nouns(request: Request) -> frozenset[str]:
    """The kinds of things that its address speaks of."""
    path = request.endpoint.partition(" ")[2]
    return frozenset(words.noun(part) for part in path.split("/") if part and "{" not in part)
