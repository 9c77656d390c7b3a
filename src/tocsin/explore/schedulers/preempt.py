"""Every schedule with at most so many preemptions, fewest first.

Most concurrency errors need one or two preemptions (M. Musuvathi and S. Qadeer, *Iterative context
bounding for systematic testing of multithreaded programs*, PLDI 2007). Partial-order reduction: to
leave a task before an operation that touches nothing another task touches gives the same outcome
as to leave it before its next operation, so only operations that conflict are worth it. The oracle
asks besides who had ended before whose first effect, so that order counts as a conflict as well.
What tasks touch is learned from every run; a schedule put aside comes back when that grows.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from itertools import count

from tocsin.explore.schedulers.replay import Follow
from tocsin.explore.trace import Point, Trace, preemptions, schedule_of
from tocsin.model.access import Access
from tocsin.model.schedule import Schedule


@dataclass(frozen=True, slots=True)
class _Left:
    """A task that is left at a point: what it had accessed, and whether it had had an effect."""

    task: str
    point: Point
    made: frozenset[Access]
    had_effect: bool


def _left(steps: Trace, task: str, point: Point) -> _Left:
    own = [step.point for step in steps if step.task == task]
    made = frozenset(access for passed in own for access in passed.accesses)
    return _Left(task, point, made, any(passed.writes for passed in own))


class Preempt:
    """A search over schedules of ``tasks``. ``preempt`` bounds the preemptions (``None``: none)."""

    def __init__(self, tasks: tuple[str, ...], most: int | None = 2) -> None:
        self._most = most
        self._tick = count()
        self._frontier: list[tuple[int, int, Schedule, int]] = []
        self._aside: list[tuple[_Left, int, Schedule, int]] = []
        self._seen: set[Schedule] = set()
        self._footprints: dict[str, set[Access]] = {task: set() for task in tasks}
        self._from = 0
        for task in tasks:
            self._add(0, Schedule.serial(task), 1)

    def next(self) -> Follow | None:
        if not self._frontier:
            return None
        _, _, schedule, self._from = heapq.heappop(self._frontier)
        return Follow(schedule)

    def learn(self, trace: Trace) -> None:
        for step in trace:
            self._footprints[step.task].update(step.point.accesses)
        self._reconsider()
        for index in range(self._from, len(trace)):
            self._branch(trace, index)

    def _branch(self, trace: Trace, index: int) -> None:
        """The schedules that differ from this one first at decision ``index``."""
        step = trace[index]
        last = trace[index - 1].task if index else None
        forced = last is None or not step.could(last)
        if not forced and not any(s.point.accesses for s in trace[:index] if s.task == last):
            # It has touched nothing yet: to leave it now is to let the others go first.
            return
        for other in step.others:
            spent = preemptions(trace[:index]) + (not forced and last != other)
            if self._most is None or spent <= self._most:
                left = dict(step.ready).get(last or "", step.point)
                schedule = schedule_of(trace, index, other)
                leaving = None if forced or last is None else _left(trace[:index], last, left)
                self._offer(leaving, spent, schedule, index + 1)

    def bound(self) -> str:
        if self._most is None:
            return "every schedule"
        return f"every schedule with at most {self._most} preemption{'s' * (self._most != 1)}"

    def _offer(self, left: _Left | None, spent: int, schedule: Schedule, depth: int) -> None:
        """Run it if leaving a task like this can matter (``None``: it could not go on)."""
        if left is None or left.point.resumed or self._matters(left):
            self._add(spent, schedule, depth)
        else:
            self._aside.append((left, spent, schedule, depth))

    def _matters(self, left: _Left) -> bool:
        others = [accesses for name, accesses in self._footprints.items() if name != left.task]
        if any(left.point.conflicts(accesses) for accesses in others):
            return True
        # Whether another ended before a task's first effect counts too, if it had checked before
        # what the other changes: a reader's effect is its answer.
        effect = left.point.writes or not any(a.writes for a in self._footprints[left.task])
        return (
            effect
            and not left.had_effect
            and any(a.conflicts(b) for a in left.made for accesses in others for b in accesses)
        )

    def _reconsider(self) -> None:
        aside, self._aside = self._aside, []
        for left, spent, schedule, depth in aside:
            self._offer(left, spent, schedule, depth)

    def _add(self, spent: int, schedule: Schedule, depth: int) -> None:
        if schedule not in self._seen:
            self._seen.add(schedule)
            heapq.heappush(self._frontier, (spent, next(self._tick), schedule, depth))
