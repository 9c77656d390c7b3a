"""Who may run: the state machine behind every driver.

It does no I/O and knows no threads: drivers report what tasks do, and are told whom to let go. One
task runs at a time. A decision is made only when every task stands at a point, has ended, or is
*known* to wait for another, so that a schedule gives one history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Protocol

from tocsin.explore.trace import Point, Step


class Strategy(Protocol):
    """Makes the choices of one run."""

    def choose(self, ready: dict[str, Point], last: str | None) -> str:
        """The task that goes on. ``ready`` is never empty; ``last`` is who ran before."""
        ...


class Status(Enum):
    """Where a task is in its life."""

    ABSENT = auto()
    RUNNING = auto()
    READY = auto()
    WAITING = auto()
    DONE = auto()


class Stalled(Enum):
    """Why nobody can go on."""

    NOT_YET = auto()
    DEADLOCK = auto()


@dataclass(slots=True)
class _Task:
    status: Status = Status.ABSENT
    point: Point | None = None
    still: Callable[[], bool] | None = None
    passed: dict[str, int] = field(default_factory=dict)


class Scheduler:
    """The life of each task of one run, and the decisions made. Callers hold one lock around it."""

    def __init__(self, tasks: Iterable[str], strategy: Strategy) -> None:
        self._tasks = {name: _Task() for name in tasks}
        self._strategy = strategy
        self._last: str | None = None
        self.steps: list[Step] = []

    def status(self, task: str) -> Status:
        return self._tasks[task].status

    def running(self) -> list[str]:
        return [name for name, task in self._tasks.items() if task.status is Status.RUNNING]

    def waiting(self) -> list[str]:
        return [name for name, task in self._tasks.items() if task.status is Status.WAITING]

    @property
    def done(self) -> bool:
        return not any(task.status is not Status.DONE for task in self._tasks.values())

    @property
    def moving(self) -> bool:
        """Whether a task runs or has yet to come: nothing is decided before it stands."""
        for task in self._tasks.values():
            if task.status is Status.RUNNING or task.status is Status.ABSENT:
                return True
        return False

    def occurrence(self, name: str, label: str) -> int:
        """Count one more arrival of the task at this label, from 1."""
        passed = self._tasks[name].passed
        passed[label] = passed.get(label, 0) + 1
        return passed[label]

    def arrive(self, name: str, point: Point) -> None:
        """The task stands before an operation and asks to go on."""
        task = self._tasks[name]
        task.status, task.point, task.still = Status.READY, point, None

    def wait(self, name: str, still: Callable[[], bool]) -> None:
        """The task is known to wait for another; ``still`` tells, when asked, whether it does."""
        task = self._tasks[name]
        task.status, task.still = Status.WAITING, still

    def go_on(self, name: str) -> None:
        """What the task waited for has come: it runs, and will arrive by itself."""
        task = self._tasks[name]
        if task.status is Status.WAITING:
            task.status, task.still = Status.RUNNING, None

    def end(self, name: str) -> None:
        """The task is over."""
        task = self._tasks[name]
        task.status, task.point = Status.DONE, None

    def settle(self) -> None:
        """Look again at every wait: those that are over count as running until they arrive."""
        for name in self.waiting():
            still = self._tasks[name].still
            if still is not None and not still():
                self.go_on(name)

    def decide(self) -> str | Stalled:
        """Choose who goes on, and record it; or say why there is no choice to make."""
        if self.moving:
            return Stalled.NOT_YET
        ready: dict[str, Point] = {}
        waiting = False
        for name, task in self._tasks.items():
            if task.point is not None and task.status is Status.READY:
                ready[name] = task.point
            waiting = waiting or task.status is Status.WAITING
        if not ready:
            return Stalled.DEADLOCK if waiting else Stalled.NOT_YET
        chosen = self._strategy.choose(ready, self._last)
        self.steps.append(Step(chosen, tuple(ready.items())))
        self._last = chosen
        self._tasks[chosen].status = Status.RUNNING
        self._tasks[chosen].point = None
        return chosen
