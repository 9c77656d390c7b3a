"""One attack from its serial baseline to its last round; how many there are, is decided here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from tocsin.errors import TocsinError
from tocsin.model.http import Request
from tocsin.probe.baseline import Baseline, Outcome
from tocsin.probe.checks.base import Attack
from tocsin.probe.checks.registry import judging
from tocsin.probe.footprint import SILENT, Footprint, of, readings
from tocsin.probe.fought import Fought
from tocsin.probe.promise import promise
from tocsin.probe.runs import Runs
from tocsin.probe.verdict import enough, judge

READ = 3
"""Of rounds whose statuses tell how they went, every third is read back nevertheless."""


def fight(
    runs: Runs,
    attack: Attack,
    rounds: int,
    footprints: Mapping[Request, Footprint] = MappingProxyType({}),
    raced: Mapping[str, bool] = MappingProxyType({}),
) -> Fought:
    """At most so many rounds; fewer where nobody is in doubt, or little can show.

    ``raced``: of endpoints that were sent against themselves, whether that showed a race. Raises
    what client and world raise, unless something was shown before.
    """
    known = {one: footprints[one] for one in attack.requests if one in footprints}
    if len(known) == len(set(attack.requests)) and judging(attack) is judge:
        # Checks that judge for themselves know what they have to read.
        attack = replace(attack, readers=readings(known, attack.requests))
    groups = _groups(runs, attack, known)
    baseline = Baseline.of(groups, copies=attack.copies)
    worth = promise(attack, baseline, known, rounds, raced)
    fought = Fought(attack, baseline, worth)
    if baseline.trouble or not worth.rounds:
        return fought
    fought.attack = replace(attack, readers=_telling(attack.readers, baseline))
    plain = _plain(attack, baseline)
    confirmed = False
    way = runs.way(fought.attack)
    try:
        while len(fought.rounds) < worth.rounds and not enough(fought.broken):
            unread = plain if len(fought.rounds) % READ else frozenset[tuple[int, ...]]()
            fought.add(*runs.volley(fought.attack, way, unread))
            if fought.broken and not confirmed:
                # Repeats cost as much as rounds: they are made where they are needed.
                more = _groups(runs, attack, {})
                every = [[*one, *other] for one, other in zip(groups, more, strict=True)]
                fought.compare(Baseline.of(every, copies=attack.copies))
                confirmed = True
            if fought.baseline.trouble:
                break
    except TocsinError:
        if not (fought.broken and confirmed):
            raise
    return fought


def _plain(attack: Attack, baseline: Baseline) -> frozenset[tuple[int, ...]]:
    """Statuses that tell how it went, where not everything may succeed."""
    if baseline.most == len(attack.requests) or judging(attack) is not judge:
        return frozenset()
    return frozenset(run.statuses for group in baseline.whole for run in group)


def _groups(runs: Runs, attack: Attack, known: Mapping[Request, Footprint]) -> list[list[Outcome]]:
    """A serial run of each order; what one copy does alone may be known from its footprint."""
    return [
        [known[attack.requests[0]].seen_by(attack.readers)]
        if len(order) < len(attack.requests) and known and judging(attack) is judge
        else [runs.row(attack, order)]
        for order in attack.orders
    ]


def _telling(readers: Sequence[Request], baseline: Baseline) -> tuple[Request, ...]:
    """The reads that showed a change in a row, and a few that did not: those may at once."""
    every = frozenset(change for group in baseline.groups for run in group for change in run.effect)
    silent = [one for one in readers if not of(every, (one,))]
    return tuple(one for one in readers if one not in silent[SILENT:])
