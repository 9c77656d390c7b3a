"""Follow a schedule: the strategy under every search, and what ``tocsin replay`` runs."""

from __future__ import annotations

from tocsin.explore.trace import Point
from tocsin.model.history import OpKind
from tocsin.model.schedule import Schedule

_PATIENCE = 20
"""So often a task may sleep at one place before it is taken to wait for the others."""


class Follow:
    """Makes the decisions of a schedule.

    A segment is over when its task stands before the segment's mark, waits for another task, or
    has ended. After the last segment the task that ran goes on, then the others in name order.
    """

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self._segments = list(schedule.segments)

    def choose(self, ready: dict[str, Point], last: str | None) -> str:
        while self._segments:
            segment = self._segments[0]
            point = ready.get(segment.task)
            reached = point is None or (point.mark == segment.until and not point.resumed)
            if not reached and not _spins(segment.task, ready):
                return segment.task
            self._segments.pop(0)
        if last in ready and not _spins(last, ready):
            return last
        return min(ready, key=lambda task: (_spins(task, ready), task))


def _spins(task: str, ready: dict[str, Point]) -> bool:
    """Whether a task only sleeps and looks again, and another could go on instead."""
    point = ready[task]
    return point.kind is OpKind.SLEEP and point.occurrence > _PATIENCE and len(ready) > 1
