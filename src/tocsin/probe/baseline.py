"""What copies of a request do one after the other: what no race can excuse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tocsin.model.http import Response
from tocsin.probe.client import UNANSWERED
from tocsin.probe.effect import Effect, masks, unmasked


@dataclass(frozen=True, slots=True)
class Outcome:
    """Statuses in order of size, what changed, and why this is no outcome, if it is none."""

    statuses: tuple[int, ...]
    effect: Effect = frozenset()
    trouble: str = ""

    @property
    def successes(self) -> int:
        """How many requests did their work."""
        return sum(200 <= status < 400 for status in self.statuses)


def outcome(responses: Iterable[Response], effect: Effect) -> Outcome:
    """What came of requests, sent together or one by one."""
    given = list(responses)
    unanswered = next((one for one in given if one.status == UNANSWERED and one.error), None)
    limited = any(one.status == 429 for one in given)
    trouble = unanswered.error or "" if unanswered is not None else ""
    return Outcome(
        tuple(sorted(one.status for one in given)),
        effect,
        trouble or ("the server limits the rate" if limited else ""),
    )


@dataclass(frozen=True, slots=True)
class Baseline:
    """Serial runs from the same state: of one copy, and of all of them, each more than once."""

    runs: tuple[Outcome, ...]
    masks: frozenset[str] = frozenset()
    effects: Mapping[int, frozenset[Effect]] = field(default_factory=dict)

    @classmethod
    def of(cls, alone: Iterable[Outcome], together: Iterable[Outcome]) -> Baseline:
        """The baseline of repeated runs of one copy and of all copies."""
        groups = [list(alone), list(together)]
        hidden = frozenset[str]().union(*(masks([run.effect for run in g]) for g in groups))
        effects: dict[int, frozenset[Effect]] = {}
        for run in (run for group in groups for run in group):
            seen = effects.get(run.successes, frozenset())
            effects[run.successes] = seen | {unmasked(run.effect, hidden)}
        return cls(tuple(groups[1]), hidden, effects)

    @property
    def most(self) -> int:
        """The most successes that copies in a row have."""
        return max((run.successes for run in self.runs), default=0)

    @property
    def statuses(self) -> frozenset[int]:
        """Every status that copies in a row are answered with."""
        return frozenset(status for run in self.runs for status in run.statuses)

    @property
    def trouble(self) -> str:
        """Why nothing can be compared with these runs; empty if something can."""
        troubled = next((run.trouble for run in self.runs if run.trouble), "")
        if troubled:
            return troubled
        if not self.most:
            return "no copy succeeds, not even alone"
        if len({run.statuses for run in self.runs}) > 1:
            return "copies in a row are answered differently each time"
        return ""
