"""How many rounds an attack is worth, by what its requests do in a row. A pure function.

A volley can only show what no order gives. Where each order lets everything succeed, and with the
same effect, there is little that could be different at once; where requests never meet, nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from tocsin.model.http import Request
from tocsin.probe.baseline import Baseline
from tocsin.probe.checks.base import Attack
from tocsin.probe.effect import Effect, unmasked
from tocsin.probe.footprint import Footprint, shared
from tocsin.probe.verdict import interval


@dataclass(frozen=True, slots=True)
class Promise:
    """So many rounds at most, then so many in a crowd; ``reason`` says why there are few.

    There are ``longest`` where something has shown, but not often enough.
    """

    rounds: int
    reason: str = ""
    crowd: int = 0
    longest: int = 0


NOTHING = Promise(0)
"""What cannot be compared is not raced."""

PATIENT = 3
"""So many times the rounds, where one of two is known to race: its window is there to be found."""

BY_CHANCE: Mapping[str, int] = MappingProxyType({"django": 2, "flask": 2})
"""So many times the rounds, by framework: handlers are threads that share an interpreter.

It changes threads every 5 ms and when one of them waits, wherever in its handler that may be: two
requests meet in one round of eight, six do in one of three at best.
"""


OVERLOOKED = 0.01
"""Crowds are sent until a race of copies like those before stays unseen so seldom."""


@dataclass(slots=True)
class Learnt:
    """What a scan knows of a server by now.

    ``raced``: of endpoints that were sent against themselves, whether that showed a race; where it
    did, ``shown`` of ``paired`` rounds of two copies showed it.
    """

    framework: str = ""
    raced: dict[str, bool] = field(default_factory=dict)
    shown: int = 0
    paired: int = 0

    def of_two(self, shown: int, rounds: int) -> None:
        """The rounds of two copies that race, and how many of them showed it."""
        self.shown += shown
        self.paired += rounds

    def crowds(self, pairs: int, most: int) -> int:
        """So many rounds of more copies after so many of two; half of ``most`` at least.

        As if each were a round of two, of which those miss that are expected to at worst (95 %).
        Where handlers meet by chance, one race says nothing of another.
        """
        low = interval(self.shown, self.paired).low
        if not low or self.framework in BY_CHANCE:
            return most
        wanted = math.ceil(math.log(OVERLOOKED) / math.log1p(-low))
        return min(most, max(-(-most // 2), wanted - pairs))


def promise(
    attack: Attack,
    baseline: Baseline,
    footprints: Mapping[Request, Footprint],
    rounds: int,
    learnt: Learnt,
) -> Promise:
    """What of ``rounds`` an attack is worth, by what was learnt before."""
    few, many = max(2, rounds // 6), BY_CHANCE.get(learnt.framework, 1) * rounds
    effects = [unmasked(run.effect, baseline.masks) for group in baseline.whole for run in group]
    known = {one: footprints[one] for one in attack.requests if one in footprints}
    counting = _counting(effects, () if attack.copies else tuple(known.values()))
    if baseline.most < len(attack.requests) or counting or _once(baseline, effects):
        if attack.copies and not attack.both:
            pairs = max(2, many // 3)
            crowds = learnt.crowds(pairs, max(0, many - pairs))
            return Promise(pairs, crowd=crowds, longest=many)
        races = any(learnt.raced.get(one.endpoint, False) for one in attack.requests)
        if races and baseline.most == 1 < len(attack.requests) and not attack.crowded:
            return Promise(max(few, rounds // 2), crowd=(PATIENT - 1) * rounds)
        return Promise(PATIENT * rounds if races else many)
    if attack.both:
        return Promise(many)
    if attack.copies:
        alone = [unmasked(run.effect, baseline.masks) for run in baseline.groups[0]]
        if effects[0] in alone:
            return Promise(few, "copies in a row do what one of them does", 1)
        return Promise(few, "copies in a row do not mind each other", 1)
    if any(not 200 <= status < 400 for status in baseline.statuses):
        return Promise(many, "one order of them lets both succeed")
    seen = any(one.cells for one in known.values())
    if seen and not shared(footprints, attack.requests):
        return Promise(0, "in a row neither minds the other, and they change nothing in common")
    return Promise(few if seen else 0, "in a row neither minds the other", 1 if seen else 2)


def _once(baseline: Baseline, effects: Sequence[Effect]) -> bool:
    """Whether copies in a row make one thing, and succeed nevertheless: somebody looks for it."""
    if not baseline.copies or not effects:
        return False
    alone = [unmasked(run.effect, baseline.masks) for run in baseline.groups[0]]
    return effects[0] in alone and any(change.kind == "gains" for change in effects[0])


def _counting(effects: Sequence[Effect], alone: Sequence[Footprint]) -> bool:
    """Whether every order moves one and the same number: at once a move may be lost.

    Not if one of the requests moves it as far ``alone``: the others leave it as it is.
    """
    moves = [{change for change in one if change.kind == "by"} for one in effects]
    if not moves:
        return False
    shared = set.intersection(*({change.path for change in one} for one in moves))
    whole = set.intersection(*moves)
    single = {change.path for one in alone for change in one.alone.effect & whole}
    return bool(shared - single)
