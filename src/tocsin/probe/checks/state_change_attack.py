"""State-change attack: two different requests at once, perhaps of two identities.

One is checked against a state that the other is about to change: an order is shipped and cancelled,
a row is renamed and deleted, two people leave who may not both. In a row one of them is refused,
whichever is first.
"""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterator, Mapping, Sequence
from urllib.parse import unquote

from tocsin.model.http import Request
from tocsin.probe.checks.base import Attack, Check, Wish
from tocsin.probe.checks.readers import readers
from tocsin.probe.discover import Working, distinct
from tocsin.probe.footprint import Footprint, meet
from tocsin.scenario import words

MOST = 64
"""Pairs of one scan, where it is known what requests change: that weeds out most others."""

BLIND = 12
"""Pairs where it is not known."""


def plan(working: Sequence[Working], wish: Wish) -> list[Attack]:
    """Pairs that name the same thing in their paths, or that are seen to change the same."""
    own = {one.request for one in working if one.given}
    found: dict[object, tuple[Request, Request]] = {}
    for one, other in itertools.combinations(contenders(working), 2):
        if _together(one, other, wish.footprints, own):
            found.setdefault(_alike(one, other, own), (one, other))
    pairs = sorted(found.values(), key=_promising)
    most = MOST if wish.footprints else BLIND
    return [Attack(CHECK.name, pair, readers(pair[0], working)) for pair in pairs[:most]]


def contenders(working: Sequence[Working]) -> list[Request]:
    """One request of each endpoint that changes something, and all that the user gave.

    Where a request names nothing, it is about whoever sends it: a second identity's is another.
    """
    changing = [one for one in distinct(working) if not one.reads]
    own = {one.request.endpoint for one in changing if one.given}
    found: dict[str, list[Request]] = {}
    for one in changing:
        request = one.request
        known = found.setdefault(request.endpoint, [])
        others = {other.identity for other in known}
        second = len(known) == 1 and request.identity not in others and not things(request)
        if one.given or (request.endpoint not in own and (not known or second)):
            known.append(request)
    return [request for requests in found.values() for request in requests]


def things(request: Request) -> frozenset[tuple[str, str]]:
    """What the path names: ``/orders/1/cancel`` the order 1."""
    return frozenset(_things(request))


def _alike(one: Request, other: Request, own: Container[Request]) -> object:
    """What two pairs have in common of which the second says no more than the first.

    Who the two are does not matter where we found them, but whether it is one person or two.
    """
    if one in own or other in own:
        return one, other
    same = one.identity == other.identity
    return frozenset((one.endpoint, other.endpoint)), same, one.path, other.path


def _together(
    one: Request, other: Request, footprints: Mapping[Request, Footprint], own: Container[Request]
) -> bool:
    named = one.endpoint != other.endpoint and bool(things(one) & things(other))
    if named or one not in footprints or other not in footprints:
        return named
    mine, theirs = footprints[one], footprints[other]
    # What no read shows may still be the same: two endpoints for one kind of thing.
    unseen = not mine.cells and not theirs.cells and (one.endpoint != other.endpoint or one in own)
    return meet(mine, theirs) or (unseen and _kind(one) == _kind(other))


def _kind(request: Request) -> str:
    path = request.endpoint.partition(" ")[2]
    parts = [part for part in path.split("/") if part and "{" not in part]
    return words.noun(parts[-1]) if parts else ""


def _things(request: Request) -> Iterator[tuple[str, str]]:
    shape = request.endpoint.partition(" ")[2].split("/")
    parts = request.path.split("/")
    if len(shape) != len(parts):
        return
    for (before, _), (place, value) in itertools.pairwise(zip(shape, parts, strict=True)):
        if place.startswith("{") and not before.startswith("{"):
            yield words.noun(before), unquote(value)


def _promising(pair: tuple[Request, Request]) -> tuple[bool, bool, bool]:
    """Of two identities first, two ways to the same last: they are told apart by nobody."""
    one, other = pair
    return one.endpoint == other.endpoint, one.identity == other.identity, _same_verb(one, other)


def _same_verb(one: Request, other: Request) -> bool:
    ends = [request.endpoint.rsplit("/", 1)[-1] for request in (one, other)]
    return one.method == other.method and ends[0] == ends[1]


CHECK = Check("state_change_attack", plan)
