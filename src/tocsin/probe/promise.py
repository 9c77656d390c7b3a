"""How many rounds an attack is worth, by what its requests do in a row. A pure function.

A volley can only show what no order gives. Where each order lets everything succeed, and with the
same effect, there is little that could be different at once; where requests never meet, nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from tocsin.model.http import Request
from tocsin.probe.baseline import Baseline
from tocsin.probe.checks.base import Attack
from tocsin.probe.effect import Effect, unmasked
from tocsin.probe.footprint import Footprint, shared


@dataclass(frozen=True, slots=True)
class Promise:
    """So many rounds at most, then so many in a crowd; ``reason`` says why there are few."""

    rounds: int
    reason: str = ""
    crowd: int = 0


NOTHING = Promise(0)
"""What cannot be compared is not raced."""

PATIENT = 3
"""So many times the rounds, where one of two is known to race: its window is there to be found."""

BY_CHANCE: Mapping[str, int] = MappingProxyType({"django": 2, "flask": 2})
"""So many times the rounds, by framework: handlers are threads that share an interpreter.

It changes threads every 5 ms and when one of them waits, wherever in its handler that may be: two
requests meet in one round of eight, six do in one of three at best.
"""


def promise(
    attack: Attack,
    baseline: Baseline,
    footprints: Mapping[Request, Footprint],
    rounds: int,
    raced: Mapping[str, bool] = MappingProxyType({}),
    framework: str = "",
) -> Promise:
    """What of ``rounds`` an attack is worth.

    ``raced``: of endpoints that were sent against themselves, whether that showed a race.
    """
    few, many = max(2, rounds // 6), BY_CHANCE.get(framework, 1) * rounds
    effects = [unmasked(run.effect, baseline.masks) for group in baseline.whole for run in group]
    known = {one: footprints[one] for one in attack.requests if one in footprints}
    counting = _counting(effects, () if attack.copies else tuple(known.values()))
    if baseline.most < len(attack.requests) or counting or _once(baseline, effects):
        if attack.copies and not attack.both:
            pairs = max(2, many // 3)
            return Promise(pairs, crowd=max(0, many - pairs))
        races = any(raced.get(one.endpoint, False) for one in attack.requests)
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
