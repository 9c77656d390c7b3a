"""State-change attack: two different requests for one thing at once, perhaps of two identities.

One is checked against a state that the other is about to change: an order is shipped and cancelled,
a row is renamed and deleted. In a row one of them is refused, whichever is first.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from tocsin.model.http import Request
from tocsin.probe.checks.base import Attack, Check, Wish
from tocsin.probe.checks.readers import readers
from tocsin.probe.discover import Working, distinct
from tocsin.scenario import words

MOST = 12
"""Pairs of one scan: there are more of them than of anything else."""


def plan(working: Sequence[Working], _wish: Wish) -> list[Attack]:
    """Pairs of requests that name the same thing in their paths; of two identities first."""
    changing = [one.request for one in distinct(working) if not one.reads]
    first: dict[str, Request] = {}
    for request in changing:
        first.setdefault(request.endpoint, request)
    pairs = [
        (one, other)
        for one, other in itertools.combinations(first.values(), 2)
        if things(one) & things(other)
    ]
    pairs.sort(key=lambda pair: (pair[0].identity == pair[1].identity, _same_verb(*pair)))
    return [Attack(CHECK.name, pair, readers(pair[0], working)) for pair in pairs[:MOST]]


def things(request: Request) -> frozenset[tuple[str, str]]:
    """What the path names: ``/orders/1/cancel`` the order 1."""
    return frozenset(_things(request))


def _things(request: Request) -> Iterator[tuple[str, str]]:
    shape = request.endpoint.partition(" ")[2].split("/")
    parts = request.path.split("/")
    if len(shape) != len(parts):
        return
    for (before, _), (place, value) in itertools.pairwise(zip(shape, parts, strict=True)):
        if place.startswith("{") and not before.startswith("{"):
            yield words.noun(before), unquote(value)


def _same_verb(one: Request, other: Request) -> bool:
    """Two ways to the same: they are likely to be told apart by nobody."""
    ends = [request.endpoint.rsplit("/", 1)[-1] for request in (one, other)]
    return one.method == other.method and ends[0] == ends[1]


CHECK = Check("state_change_attack", plan)
