"""Which requests are raced against which, and in which order.

An operation against itself comes first, check-then-insert before read-check-write before the rest:
of 157 real server-side races 91 are two instances of one request, 66 are check-then-insert
(ReqRacer). Pairs that do not conflict are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from tocsin.explore.footprint import Candidate
from tocsin.model.access import Item
from tocsin.model.invariant import Invariant

_COMBINATIONS = 2
"""For two different endpoints, so many choices of requests are explored."""


@dataclass(frozen=True, slots=True)
class Planned:
    """Requests to race, by their place in the list of candidates."""

    candidates: tuple[int, ...]
    observers: tuple[int, ...] = ()
    invariants: tuple[Invariant, ...] = ()
    name: str = ""


def plan(candidates: Sequence[Candidate]) -> list[Planned]:
    """The pairs to explore, the most promising first."""
    by_endpoint: dict[str, list[int]] = defaultdict(list)
    for index, candidate in enumerate(candidates):
        by_endpoint[candidate.request.endpoint].append(index)
    own = [pair for group in by_endpoint.values() for pair in _with_itself(candidates, group)]
    mixed = [
        pair
        for one, other in combinations(by_endpoint.values(), 2)
        for pair in _with_another(candidates, one, other)
    ]
    own.sort(key=lambda pair: _promise(candidates, pair))
    mixed.sort(key=lambda pair: _promise(candidates, pair))
    return [Planned(pair) for pair in (*own, *mixed)]


def _with_itself(candidates: Sequence[Candidate], group: list[int]) -> list[tuple[int, int]]:
    """An endpoint against itself: the user's own requests or else the first; two identities."""
    writing = [i for i in group if candidates[i].footprint.writes]
    chosen = [i for i in writing if candidates[i].given] or writing[:1]
    pairs = [(i, i) for i in chosen if _conflict(candidates, i, i)]
    others = [
        (i, j)
        for i, j in combinations(writing, 2)
        if candidates[i].request.identity != candidates[j].request.identity
        and _conflict(candidates, i, j)
    ]
    crossing = [
        (i, j) for i, j in combinations(writing, 2) if _crossed(candidates[i], candidates[j])
    ]
    return list(dict.fromkeys(pairs + _best(candidates, others)[:1] + crossing[:1]))


def _with_another(
    candidates: Sequence[Candidate], one: list[int], other: list[int]
) -> list[tuple[int, int]]:
    """Two endpoints: the choices of requests that conflict in the most ways.

    Two that write the same rows in opposite orders are taken besides: they may wait for each other.
    """
    pairs = [(i, j) for i in one for j in other if _conflict(candidates, i, j)]
    chosen = _best(candidates, pairs)[:_COMBINATIONS]
    crossing = [(i, j) for i, j in pairs if _crossed(candidates[i], candidates[j])]
    return list(dict.fromkeys(chosen + _various(candidates, crossing)[:_COMBINATIONS]))


def _various(
    candidates: Sequence[Candidate], pairs: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """The pairs in which both sides lock in an order that no pair before them has."""
    seen: set[tuple[int, tuple[Item, ...]]] = set()
    chosen = []
    for pair in pairs:
        orders = {(side, tuple(_locked(candidates[index]))) for side, index in enumerate(pair)}
        if seen.isdisjoint(orders):
            seen |= orders
            chosen.append(pair)
    return chosen


def _crossed(one: Candidate, other: Candidate) -> bool:
    """Whether one locks two rows in an order that the other need not keep."""
    return _against(_locked(one), _locked(other)) or _against(_locked(other), _locked(one))


def _against(mine: list[Item], theirs: list[Item]) -> bool:
    """Whether the later of two rows is locked first by the others, or with the first at once."""
    firsts = [
        next((at for at, item in enumerate(theirs) if item.overlaps(row)), None) for row in mine
    ]
    return any(
        before is not None and after is not None and after <= before
        for (row, before), (then, after) in combinations(zip(mine, firsts, strict=True), 2)
        if not row.overlaps(then)
    )


def _locked(candidate: Candidate) -> list[Item]:
    """What it writes or locks in single rows, in that order."""
    accesses = candidate.footprint.accesses
    return [a.item for a in accesses if (a.writes or a.locks) and a.item.where]


def _best(candidates: Sequence[Candidate], pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The pairs that add conflicts which no pair before them has, the richest first."""
    covered: set[object] = set()
    chosen = []
    for pair in sorted(pairs, key=lambda p: -_conflict(candidates, *p)):
        shapes = {
            (a.item.store, a.item.name, a.mode, b.mode)
            for a, b in candidates[pair[0]].footprint.conflicts(candidates[pair[1]].footprint)
        }
        if not shapes <= covered:
            covered |= shapes
            chosen.append(pair)
    return chosen


def _conflict(candidates: Sequence[Candidate], i: int, j: int) -> int:
    return len(candidates[i].footprint.conflicts(candidates[j].footprint))


def _promise(candidates: Sequence[Candidate], pair: tuple[int, int]) -> tuple[bool, bool, bool]:
    prints = [candidates[i].footprint for i in pair]
    return (
        not any(p.inserts_after_check() for p in prints),
        not any(p.writes_after_check() for p in prints),
        not all(p.writes for p in prints),
    )
