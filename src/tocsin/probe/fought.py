"""The rounds of an attack, summed up: how often something was broken, and what that proves."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import Self

from tocsin.model.verdict import PairResult, RequestRef, Verdict
from tocsin.model.volley import Attacked, Flight, VolleyEvidence
from tocsin.probe.baseline import Baseline, Outcome
from tocsin.probe.checks.base import Attack
from tocsin.probe.checks.registry import judging
from tocsin.probe.message import Observation
from tocsin.probe.promise import NOTHING, Promise
from tocsin.probe.verdict import Broken, at_most, commonest, interval
from tocsin.probe.volley import attacked, flights


@dataclass(slots=True)
class Fought:
    """The rounds of one attack against its serial baseline, and how many they may be.

    ``aside``: the rounds with fewer or more requests at once, which showed nothing.
    """

    attack: Attack
    baseline: Baseline
    promise: Promise = NOTHING
    rounds: list[Outcome] = field(default_factory=list)
    seen: list[Observation] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    example: Outcome | None = None
    aside: Fought | None = None

    def add(self, found: Outcome, observation: Observation) -> Broken | None:
        """One more round, and what it shows."""
        self.rounds.append(found)
        self.seen.append(observation)
        return self._judge(found)

    def beside(self, other: Fought) -> Self:
        """These rounds, and those that showed nothing."""
        self.aside = other
        return self

    def compare(self, baseline: Baseline) -> None:
        """Judge all rounds again, by a baseline that knows more."""
        self.baseline, self.broken, self.example = baseline, [], None
        for found in self.rounds:
            self._judge(found)

    def _judge(self, found: Outcome) -> Broken | None:
        if self.baseline.trouble:
            return None  # nothing can be compared with it
        broken = judging(self.attack)(self.baseline, found, self.attack.method)
        if broken is not None:
            self.broken.append(broken)
            self.example = self.example or found
        return broken

    @property
    def sent(self) -> int:
        """Rounds of every kind."""
        return len(self.rounds) + (len(self.aside.rounds) if self.aside else 0)

    def of(self, size: int) -> tuple[int, int]:
        """Of the rounds with so many requests, those that showed something, and all."""
        kinds = [one for one in (self, self.aside) if one and len(one.attack.requests) == size]
        return sum(len(one.broken) for one in kinds), sum(len(one.rounds) for one in kinds)

    @property
    def attacked(self) -> Attacked:
        """The rounds of every kind, for the table of attacks."""
        seen = [*self.seen, *(self.aside.seen if self.aside else ())]
        return attacked(self.attack.check, len(self.broken), seen)

    @property
    def worst(self) -> Broken:
        """What most rounds showed. Raises ``ValueError`` where none did."""
        return commonest(self.broken)

    @property
    def way(self) -> str:
        """How the first round was delivered."""
        return str(self.seen[0].way) if self.seen else ""

    def evidence(self, curl: tuple[str, ...]) -> VolleyEvidence:
        """How often it was seen. Raises ``ValueError`` before there was a round."""
        bounds = interval(len(self.broken), len(self.rounds))
        return VolleyEvidence(
            shown=len(self.broken),
            rounds=len(self.rounds),
            low=bounds.low,
            high=bounds.high,
            way=self.way,
            overlapped=sum(one.overlapped for one in self.seen),
            spread=statistics.median(one.spread for one in self.seen),
            serial="; or ".join(dict.fromkeys(_said(group[0]) for group in self.baseline.whole)),
            observed=_said(self.example) if self.example else "",
            curl=curl,
            flights=self._flights,
        )

    def result(self, refs: tuple[RequestRef, ...], seconds: float) -> PairResult:
        """What the table of attacks says. *Not observed* is never called safe."""
        if self.baseline.trouble:
            return PairResult(refs, Verdict.INCONCLUSIVE, reason=self.baseline.trouble)
        if not (self.promise.rounds or self.promise.crowd):
            said = f"not raced: {self.promise.reason}"
            return PairResult(refs, Verdict.INCONCLUSIVE, reason=said, seconds=seconds)
        bound = f"{self._counted}, {self.way or (self.aside.way if self.aside else '')}"
        if self.broken:
            reason = self.worst.reason
            return PairResult(refs, Verdict.VIOLATED, self.sent, bound, reason, seconds)
        every = [*self.rounds, *(self.aside.rounds if self.aside else ())]
        compared = [one for one in every if not one.trouble]
        if not compared:
            reason = every[0].trouble if every else "no round was sent"
        else:
            reason = (
                f"not observed in {len(compared)} rounds: a race may still show in up to "
                f"{at_most(len(compared)):.0%} of volleys"
                + (f" ({self.promise.reason})" if self.promise.reason else "")
            )
        return PairResult(refs, Verdict.INCONCLUSIVE, self.sent, bound, reason, seconds)

    @property
    def _flights(self) -> tuple[Flight, ...]:
        """Those of the round that is shown."""
        rounds = zip(self.rounds, self.seen, strict=True)
        return next((flights(seen) for found, seen in rounds if found is self.example), ())

    @property
    def _counted(self) -> str:
        """``4 rounds``, and with how many requests, if they were not the same in each."""
        if self.aside is None or not self.aside.rounds:
            return f"{len(self.rounds)} round{'s' if len(self.rounds) != 1 else ''}"
        kinds = sorted((len(one.attack.requests), len(one.rounds)) for one in (self, self.aside))
        few, many = (f"{rounds} rounds of {size}" for size, rounds in kinds)
        return f"{few} requests and {many}"


def _said(found: Outcome) -> str:
    statuses = " and ".join(map(str, found.statuses))
    changes = "; ".join(map(str, sorted(found.effect)[:6]))
    return f"{statuses}: {changes}" if changes else statuses
