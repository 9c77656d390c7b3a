"""The rounds of an attack, summed up: how often something was broken, and what that proves."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field

from tocsin.model.verdict import PairResult, RequestRef, Verdict
from tocsin.model.volley import VolleyEvidence
from tocsin.probe.baseline import Baseline, Outcome
from tocsin.probe.checks.base import Attack
from tocsin.probe.checks.registry import judging
from tocsin.probe.message import Observation
from tocsin.probe.promise import NOTHING, Promise
from tocsin.probe.verdict import Broken, at_most, commonest, interval


@dataclass(slots=True)
class Fought:
    """The rounds of one attack against its serial baseline, and how many they may be."""

    attack: Attack
    baseline: Baseline
    promise: Promise = NOTHING
    rounds: list[Outcome] = field(default_factory=list)
    seen: list[Observation] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    example: Outcome | None = None

    def add(self, found: Outcome, observation: Observation) -> None:
        """One more round."""
        self.rounds.append(found)
        self.seen.append(observation)
        self._judge(found)

    def compare(self, baseline: Baseline) -> None:
        """Judge all rounds again, by a baseline that knows more."""
        self.baseline, self.broken, self.example = baseline, [], None
        for found in self.rounds:
            self._judge(found)

    def _judge(self, found: Outcome) -> None:
        broken = judging(self.attack)(self.baseline, found, self.attack.requests[0].method)
        if broken is not None:
            self.broken.append(broken)
            self.example = self.example or found

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
        )

    def result(self, refs: tuple[RequestRef, ...], seconds: float) -> PairResult:
        """What the table of attacks says. *Not observed* is never called safe."""
        if self.baseline.trouble:
            return PairResult(refs, Verdict.INCONCLUSIVE, reason=self.baseline.trouble)
        if not self.promise.rounds:
            said = f"not raced: {self.promise.reason}"
            return PairResult(refs, Verdict.INCONCLUSIVE, reason=said, seconds=seconds)
        count = len(self.rounds)
        bound = f"{count} round{'s' if count != 1 else ''}, {self.way}"
        if self.broken:
            return PairResult(refs, Verdict.VIOLATED, count, bound, self.worst.reason, seconds)
        answered_rounds = [one for one in self.rounds if not one.trouble]
        if not answered_rounds:
            reason = self.rounds[0].trouble if self.rounds else "no round was sent"
        else:
            reason = (
                f"not observed in {len(answered_rounds)} rounds: a race may still show in up to "
                f"{at_most(len(answered_rounds)):.0%} of volleys"
                + (f" ({self.promise.reason})" if self.promise.reason else "")
            )
        return PairResult(refs, Verdict.INCONCLUSIVE, count, bound, reason, seconds)


def _said(found: Outcome) -> str:
    statuses = " and ".join(map(str, found.statuses))
    changes = "; ".join(map(str, sorted(found.effect)[:6]))
    return f"{statuses}: {changes}" if changes else statuses
