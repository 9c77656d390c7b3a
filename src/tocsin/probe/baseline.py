"""What requests do one after the other: whatever else they do at once is no serial order's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from tocsin.model.http import Response
from tocsin.probe.client import UNANSWERED
from tocsin.probe.effect import Effect, masks, unmasked


@dataclass(frozen=True, slots=True)
class Outcome:
    """Statuses, what changed, and why this is no outcome, if it is none.

    Those of copies of one request stand in order of size: which of them was first is chance.
    ``read`` tells whether anybody looked for what changed.
    """

    statuses: tuple[int, ...]
    effect: Effect = frozenset()
    trouble: str = ""
    read: bool = True

    @property
    def successes(self) -> int:
        """How many requests did their work."""
        return sum(200 <= status < 400 for status in self.statuses)


def outcome(responses: Iterable[Response], effect: Effect, *, copies: bool = True) -> Outcome:
    """What came of requests, sent together or one by one."""
    given = list(responses)
    unanswered = next((one for one in given if one.status == UNANSWERED and one.error), None)
    limited = any(one.status == 429 for one in given)
    trouble = unanswered.error or "" if unanswered is not None else ""
    statuses = tuple(one.status for one in given)
    return Outcome(
        tuple(sorted(statuses)) if copies else statuses,
        effect,
        trouble or ("the server limits the rate" if limited else ""),
    )


@dataclass(frozen=True, slots=True)
class Baseline:
    """Serial runs from the same state, in groups that should not differ among themselves.

    Of copies there are two: one copy alone, and all of them. Of different requests there is one for
    each order. ``effects`` tells what changed where so many copies succeeded, or where the requests
    were answered so. ``guessed``: nobody has sent as many requests in a row as there are at once.
    """

    groups: tuple[tuple[Outcome, ...], ...]
    copies: bool = True
    masks: frozenset[str] = frozenset()
    effects: Mapping[tuple[int, ...], frozenset[Effect]] = field(default_factory=dict)
    guessed: bool = False

    @classmethod
    def of(cls, groups: Sequence[Sequence[Outcome]], *, copies: bool = True) -> Baseline:
        """The baseline of these runs; of copies the last group has all of them."""
        runs = tuple(map(tuple, groups))
        hidden = frozenset[str]().union(*(masks([run.effect for run in g]) for g in runs))
        made = cls(runs, copies, hidden)
        effects: dict[tuple[int, ...], frozenset[Effect]] = {}
        for run in (run for group in runs for run in group):
            key = made.key(run)
            effects[key] = effects.get(key, frozenset()) | {unmasked(run.effect, hidden)}
        return cls(runs, copies, hidden, effects)

    def among(self, count: int) -> Self:
        """What so many requests are likely to do in a row, by what two of them did.

        More copies of one that is refused after the first are refused as well.
        """
        if not self.copies:
            return replace(self, guessed=True)
        *alone, rows = self.groups
        more = [
            replace(run, statuses=tuple(sorted((*run.statuses, *_refused(run, count)))))
            for run in rows
        ]
        return replace(self, groups=(*alone, tuple(more)), guessed=True)

    def key(self, found: Outcome) -> tuple[int, ...]:
        """What must be the same for two effects to be comparable."""
        return (found.successes,) if self.copies else found.statuses

    def explains(self, group: Sequence[Outcome], found: Outcome) -> bool:
        """Whether a run of this group ended in the same: statuses, and effect if it was read."""
        seen = unmasked(found.effect, self.masks)
        return any(
            run.statuses == found.statuses
            and (not found.read or unmasked(run.effect, self.masks) == seen)
            for run in group
        )

    @property
    def whole(self) -> tuple[tuple[Outcome, ...], ...]:
        """The groups in which all requests were sent."""
        return self.groups[-1:] if self.copies else self.groups

    @property
    def most(self) -> int:
        """The most successes that the requests have in a row."""
        return max((run.successes for group in self.whole for run in group), default=0)

    @property
    def statuses(self) -> frozenset[int]:
        """Every status that is answered in a row."""
        return frozenset(s for group in self.whole for run in group for s in run.statuses)

    @property
    def trouble(self) -> str:
        """Why nothing can be compared with these runs; empty if something can."""
        runs = [run for group in self.whole for run in group]
        troubled = next((run.trouble for run in runs if run.trouble), "")
        if troubled:
            return troubled
        if not self.most:
            return "no request succeeds, not even alone"
        if any(len({run.statuses for run in group}) > 1 for group in self.whole):
            return "requests in a row are answered differently each time"
        return ""


def _refused(run: Outcome, count: int) -> list[int]:
    """As many more answers as there are missing of ``count``, like those that were no success."""
    refused = [status for status in run.statuses if not 200 <= status < 400]
    return refused[-1:] * (count - len(run.statuses))
