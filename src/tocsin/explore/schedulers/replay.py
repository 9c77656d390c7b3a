"""Follow a schedule: the strategy under every search, and what ``tocsin replay`` runs."""

from __future__ import annotations

from tocsin.explore.trace import Point
from tocsin.model.schedule import Schedule


class Follow:
    """Makes the decisions of a schedule.

    A segment is over when its task stands before the segment's mark, waits for another task, or
    has ended. After the last segment the task that ran goes on, then the others in name order.
    """

    def __init__(self, schedule: Schedule) -> None:
        self._segments = list(schedule.segments)

    def choose(self, ready: dict[str, Point], last: str | None) -> str:
        while self._segments:
            segment = self._segments[0]
            point = ready.get(segment.task)
            if point is not None and (point.resumed or point.mark != segment.until):
                return segment.task
            self._segments.pop(0)
        return last if last in ready else min(ready)
