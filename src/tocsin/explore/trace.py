"""Scheduling points, decisions, and the trace of decisions that a run leaves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tocsin.model.access import Access
from tocsin.model.history import OpKind
from tocsin.model.schedule import Mark, Schedule, Segment


@dataclass(frozen=True, slots=True)
class Point:
    """Where a task stands: before the operation ``label``.

    ``occurrence`` counts that label within the task from 1. ``resumed`` points stand *after* an
    operation that had to wait: nothing of the task has run since.
    """

    kind: OpKind
    label: str
    occurrence: int = 1
    accesses: tuple[Access, ...] = ()
    resumed: bool = False

    @property
    def writes(self) -> bool:
        """Whether the operation has an effect that others can see (a lock is none)."""
        return any(access.writes and access.verb != "lock" for access in self.accesses)

    @property
    def mark(self) -> Mark:
        return Mark(self.label, self.occurrence)

    def conflicts(self, accesses: Iterable[Access]) -> bool:
        return any(mine.conflicts(other) for other in accesses for mine in self.accesses)


@dataclass(frozen=True, slots=True)
class Step:
    """One decision: ``task`` went on; ``ready`` is where each that could have gone on stood."""

    task: str
    ready: tuple[tuple[str, Point], ...]

    @property
    def point(self) -> Point:
        """Where the task that was chosen stood: the operation that it did next."""
        return dict(self.ready)[self.task]

    @property
    def others(self) -> tuple[str, ...]:
        """The tasks that could have gone on instead."""
        return tuple(name for name, _ in self.ready if name != self.task)

    def could(self, task: str) -> bool:
        return any(name == task for name, _ in self.ready)


Trace = tuple[Step, ...]


def schedule_of(
    steps: Sequence[Step], upto: int | None = None, then: str | None = None
) -> Schedule:
    """The schedule that makes the first ``upto`` decisions again, and then lets ``then`` run.

    A task that was left while it stood ready before an operation gets that operation as the end of
    its segment; one that was left because it waited or had ended gets none.
    """
    end = len(steps) if upto is None else upto
    segments = [
        Segment(step.task, _stops_before(steps, index))
        for index, step in enumerate(steps[:end])
        if index + 1 == end or steps[index + 1].task != step.task
    ]
    if then is not None:
        segments.append(Segment(then))
    return Schedule(tuple(segments))


def _stops_before(steps: Sequence[Step], index: int) -> Mark | None:
    """The operation before which the task of ``steps[index]`` stood when it was left."""
    if index + 1 == len(steps):
        return None
    point = dict(steps[index + 1].ready).get(steps[index].task)
    return point.mark if point is not None and not point.resumed else None


def preemptions(steps: Sequence[Step]) -> int:
    """How often a task that could have gone on was left for another."""
    return sum(
        before.task != after.task and after.could(before.task) for before, after in pairwise(steps)
    )
