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
    """So many rounds at most; ``reason`` says why there are fewer than asked for."""

    rounds: int
    reason: str = ""


NOTHING = Promise(0)
"""What cannot be compared is not raced."""


def promise(
    attack: Attack,
    baseline: Baseline,
    footprints: Mapping[Request, Footprint],
    rounds: int,
    raced: Mapping[str, bool] = MappingProxyType({}),
) -> Promise:
    """Of ``rounds`` all, half, a quarter or none.

    ``raced``: of endpoints that were sent against themselves, whether that showed a race.
    """
    half, few = max(2, rounds // 2), max(2, rounds // 4)
    calm = all(not raced.get(one.endpoint, True) for one in attack.requests)
    several = calm and not attack.copies
    if baseline.most < len(attack.requests):
        return Promise(half, "neither has raced with itself") if several else Promise(rounds)
    effects = [unmasked(run.effect, baseline.masks) for group in baseline.whole for run in group]
    if _counting(effects):
        return Promise(half, "neither has raced with itself") if several else Promise(rounds)
    if attack.both:
        return Promise(rounds)
    if attack.copies:
        alone = [unmasked(run.effect, baseline.masks) for run in baseline.groups[0]]
        if effects[0] in alone:
            return Promise(few, "copies in a row do what one of them does")
        return Promise(few, "copies in a row do not mind each other")
    if any(not 200 <= status < 400 for status in baseline.statuses):
        return Promise(half, "one order of them lets both succeed")
    if not shared(footprints, attack.requests):
        return Promise(0, "in a row neither minds the other, and they change nothing in common")
    return Promise(few, "in a row neither minds the other")


def _counting(effects: Sequence[Effect]) -> bool:
    """Whether every order moves one and the same number: at once a move may be lost."""
    numbers = [{change.path for change in one if change.kind == "by"} for one in effects]
    return bool(numbers) and bool(set.intersection(*numbers))
