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
from tocsin.probe.crowd import crowd
from tocsin.probe.footprint import SILENT, Footprint, of, readings
from tocsin.probe.fought import Fought
from tocsin.probe.message import Way
from tocsin.probe.promise import Learnt, promise
from tocsin.probe.runs import Runs
from tocsin.probe.steering import Steering, served_first, took
from tocsin.probe.verdict import enough, judge

PAIR = 2

DOUBTS = 3
"""So many more times each order is run where too few rounds have shown something to be sure."""

READ = 3
"""Of rounds whose statuses tell how they went, every third is read back nevertheless."""


def fight(
    runs: Runs,
    attack: Attack,
    rounds: int,
    footprints: Mapping[Request, Footprint] = MappingProxyType({}),
    learnt: Learnt | None = None,
) -> Fought:
    """At most so many rounds; fewer where nobody is in doubt, or little can show.

    Raises what client and world raise, unless something was shown before.
    """
    known = {one: footprints[one] for one in attack.requests if one in footprints}
    if len(known) == len(set(attack.requests)) and judging(attack) is judge:
        # Checks that judge for themselves know what they have to read.
        attack = replace(attack, readers=readings(known, attack.requests))
    baseline = _baseline(runs, attack, known)
    if baseline.trouble and attack.renewal.fields:
        # New names are not taken by everybody: what stands there may have to.
        attack = replace(attack, renewal=replace(attack.renewal, fields=()))
        baseline = _baseline(runs, attack, known)
    worth = promise(attack, baseline, known, rounds, learnt or Learnt())
    fought = Fought(attack, baseline, worth)
    if baseline.trouble:
        return fought
    fought.attack = replace(attack, readers=_telling(attack.readers, baseline))
    way = runs.way(fought.attack) if worth.rounds or worth.crowd else Way()
    _sent(runs, fought, way, worth.rounds)
    many = crowd(fought.attack) if worth.crowd else None
    if many is None or fought.broken or fought.baseline.trouble:
        return fought
    # Where requests exclude each other, or only errors tell, rows are run when something shows.
    excluding = many.crowded or baseline.most < len(attack.requests)
    size = len(many.requests)
    usual = baseline.among(size) if excluding else _baseline(runs, many, known)
    gathered = Fought(many, usual, worth)
    if not gathered.baseline.trouble:
        _sent(runs, gathered, way.carrying(size), worth.crowd)
    return gathered.beside(fought) if gathered.broken else fought.beside(gathered)


def _baseline(runs: Runs, attack: Attack, known: Mapping[Request, Footprint]) -> Baseline:
    return Baseline.of(_groups(runs, attack, known), copies=attack.copies)


def _sent(runs: Runs, fought: Fought, way: Way, rounds: int) -> None:
    """So many rounds of this attack at most; more where it has shown something, but not enough."""
    attack, steering, confirmed = fought.attack, Steering(), False
    plain = _plain(attack, fought.baseline)
    longest = max(rounds, fought.promise.rounds + fought.promise.crowd, fought.promise.longest)
    try:
        while len(fought.rounds) < (longest if fought.broken else rounds):
            if enough(fought.broken):
                break
            unread = plain if len(fought.rounds) % READ else frozenset[tuple[int, ...]]()
            found, seen = runs.volley(attack, way, unread, steering.offsets)
            broken = fought.add(found, seen)
            if broken is None and len(attack.requests) == PAIR and not attack.copies:
                steering.learn(served_first(attack, fought.baseline, found), took(seen))
            if fought.broken and not confirmed:
                # Repeats cost as much as rounds: they are made where they are needed.
                if fought.baseline.guessed:
                    fought.compare(_baseline(runs, attack, {}))
                _repeat(runs, fought)
                confirmed = True
            if fought.baseline.trouble:
                break
        for _ in range(DOUBTS):
            if fought.broken and not (enough(fought.broken) or attack.crowded):
                _repeat(runs, fought)
    except TocsinError:
        if not (fought.broken and confirmed):
            raise


def _repeat(runs: Runs, fought: Fought) -> None:
    """Run each order once more, and judge the rounds by all that is known then."""
    attack, known = fought.attack, fought.baseline.groups
    more = _groups(runs, attack, {})
    groups = [[*one, *other] for one, other in zip(known, more, strict=True)]
    fought.compare(Baseline.of(groups, copies=attack.copies))


def _plain(attack: Attack, baseline: Baseline) -> frozenset[tuple[int, ...]]:
    """Statuses that tell how it went, since not everything has succeeded."""
    if judging(attack) is not judge:
        return frozenset()
    runs = (run for group in baseline.whole for run in group)
    return frozenset(run.statuses for run in runs if run.successes < len(attack.requests))


def _groups(runs: Runs, attack: Attack, known: Mapping[Request, Footprint]) -> list[list[Outcome]]:
    """A serial run of each order; what one copy does alone may be known from its footprint."""
    told = known if judging(attack) is judge else {}
    return [
        [told[attack.requests[0]].seen_by(attack.readers)]
        if len(order) < len(attack.requests) and told
        else [runs.row(attack, order, told)]
        for order in attack.orders
    ]


def _telling(readers: Sequence[Request], baseline: Baseline) -> tuple[Request, ...]:
    """The reads that showed a change in a row, and a few that did not: those may at once."""
    every = frozenset(change for group in baseline.groups for run in group for change in run.effect)
    silent = [one for one in readers if not of(every, (one,))]
    return tuple(one for one in readers if one not in silent[SILENT:])
