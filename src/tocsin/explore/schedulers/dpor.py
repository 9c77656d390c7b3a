"""Every schedule, up to reordering of operations that do not conflict.

Dynamic partial-order reduction: C. Flanagan and P. Godefroid, *Dynamic partial-order reduction for
model checking software* (POPL 2005), with sleep sets (P. Godefroid, *Partial-Order Methods for the
Verification of Concurrent Systems*, LNCS 1032, 1996). Of each class of equivalent interleavings at
least one is run; outcomes are those of exhaustive search.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tocsin.explore.trace import Point, Step, Trace


@dataclass(slots=True)
class _Node:
    """One decision on the present path: what was chosen, what is yet to be tried instead."""

    step: Step
    todo: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    sleep: dict[str, Point] = field(default_factory=dict)


class Dpor:
    """A search without a bound on preemptions. ``tasks`` in name order."""

    def __init__(self, tasks: tuple[str, ...]) -> None:
        self._tasks = tasks
        self._path: list[_Node] = []
        self._walk: _Walk | None = _Walk([], {})

    def next(self) -> _Walk | None:
        return self._walk

    def learn(self, trace: Trace) -> None:
        walk = self._walk
        if walk is not None:
            self._extend(trace, walk)
            if not walk.redundant:
                self._find_races()
        self._walk = self._backtrack()

    def bound(self) -> str:
        return "every schedule, equivalent ones once"

    def _extend(self, trace: Trace, walk: _Walk) -> None:
        """Append the decisions that are new on this path, with the sleep sets the walk had."""
        for index in range(len(self._path), len(trace)):
            step = trace[index]
            node = _Node(step, {step.task}, {step.task})
            node.sleep = walk.slept[index] if index < len(walk.slept) else {}
            self._path.append(node)

    def _find_races(self) -> None:
        """At each decision that a later, conflicting operation could have preceded: try that."""
        clocks: list[dict[str, int]] = []
        depends = _Dependence([node.step for node in self._path])
        latest: dict[str, dict[str, int]] = {task: {} for task in self._tasks}
        for here, node in enumerate(self._path):
            task = node.step.task
            clock = dict(latest[task])
            racing = None
            for there in range(here - 1, -1, -1):
                earlier = self._path[there].step
                if earlier.task == task or not depends(there, here):
                    continue
                if racing is None and clock.get(earlier.task, -1) < there:
                    racing = there
                for name, moment in clocks[there].items():
                    clock[name] = max(clock.get(name, -1), moment)
            if racing is not None:
                self._try_at(racing, task)
            clock[task] = here
            clocks.append(clock)
            latest[task] = clock

    def _try_at(self, index: int, task: str) -> None:
        node = self._path[index]
        if node.step.could(task):
            node.todo.add(task)
        else:
            node.todo.update(name for name, _ in node.step.ready)

    def _backtrack(self) -> _Walk | None:
        while self._path:
            node = self._path[-1]
            points = dict(node.step.ready)
            open_choices = sorted(node.todo - node.done - node.sleep.keys())
            if open_choices:
                node.sleep[node.step.task] = node.step.point
                chosen = open_choices[0]
                node.done.add(chosen)
                node.step = Step(chosen, node.step.ready)
                choices = [earlier.step.task for earlier in self._path]
                sleep = _awake(node.sleep, points[chosen])
                return _Walk(choices, sleep)
            self._path.pop()
        return None


class _Walk:
    """Makes the given choices, then goes on with whoever ran, past tasks that are asleep."""

    def __init__(self, choices: list[str], sleep: dict[str, Point]) -> None:
        self._choices = choices
        self._made = 0
        self._sleep = sleep
        self.slept: list[dict[str, Point]] = [{} for _ in choices]
        self.redundant = False

    def choose(self, ready: dict[str, Point], last: str | None) -> str:
        if self._made < len(self._choices):
            chosen = self._choices[self._made]
            self._made += 1
            return chosen if chosen in ready else min(ready)
        awake = [name for name in ready if name not in self._sleep]
        if not awake:
            self.redundant = True
        pool = awake or list(ready)
        chosen = last if last in pool else min(pool)
        self.slept.append(dict(self._sleep))
        self._sleep = _awake(self._sleep, ready[chosen])
        return chosen


class _Dependence:
    """Which two operations of a path must not be swapped.

    Those that conflict; and, because the oracle asks who had ended before whose first effect, the
    last operation of one task and the first effect of another (of one that only reads: any read).
    """

    def __init__(self, steps: list[Step]) -> None:
        self._steps = steps
        self._last = {step.task: index for index, step in enumerate(steps)}
        self._first: dict[str, int] = {}
        for index, step in enumerate(steps):
            if step.point.writes:
                self._first.setdefault(step.task, index)

    def __call__(self, one: int, other: int) -> bool:
        a, b = self._steps[one], self._steps[other]
        if a.point.conflicts(b.point.accesses):
            return True
        return (self._ends(one) and self._has_effect(other)) or (
            self._ends(other) and self._has_effect(one)
        )

    def _ends(self, index: int) -> bool:
        return self._last[self._steps[index].task] == index

    def _has_effect(self, index: int) -> bool:
        step = self._steps[index]
        if step.task in self._first:
            return self._first[step.task] == index
        return bool(step.point.accesses)


def _awake(sleep: dict[str, Point], done: Point) -> dict[str, Point]:
    """Those that stay asleep after an operation: it does not conflict with theirs.

    Whether an operation is its task's last is not known yet: all effects wake all.
    """
    return {
        name: point
        for name, point in sleep.items()
        if not (point.conflicts(done.accesses) or _may_order(point) or _may_order(done))
    }


def _may_order(point: Point) -> bool:
    """Whether this may be a task's first effect: a write, or a reader's read."""
    return bool(point.accesses)
