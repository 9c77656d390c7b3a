"""Small random programs on shared cells, run by the real scheduler without threads."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from hypothesis import strategies as st

from tocsin.explore.scheduler import Scheduler, Strategy
from tocsin.explore.schedulers.base import Search
from tocsin.explore.schedulers.replay import Follow
from tocsin.explore.trace import Point, Trace
from tocsin.model.access import Access, Item, Mode
from tocsin.model.history import OpKind
from tocsin.model.schedule import Schedule

CELLS = ("x", "y", "z")


@dataclass(frozen=True)
class Do:
    """One operation: read a cell into the register, write the register (+1), lock, unlock."""

    verb: str
    cell: str

    @property
    def accesses(self) -> tuple[Access, ...]:
        mode = Mode.READ if self.verb == "read" else Mode.WRITE
        return (Access(Item("memory", self.cell), mode, self.verb),)


Program = tuple[tuple[str, tuple[Do, ...]], ...]


@dataclass
class Machine:
    """Runs a program under a strategy; locks make tasks wait, as a database's do."""

    program: Program
    cells: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CELLS, 0))
    log: list[tuple[str, str]] = field(default_factory=list)
    owners: dict[str, str] = field(default_factory=dict)
    registers: dict[str, int] = field(default_factory=dict)

    def run(self, strategy: Strategy) -> tuple[Trace, object]:
        tasks = dict(self.program)
        scheduler = Scheduler(tasks, strategy)
        pending = {name: list(ops) for name, ops in tasks.items()}
        blocked: dict[str, Do] = {}
        for name in tasks:
            scheduler.arrive(name, Point(OpKind.START, "start"))
        for name in tasks:
            self.registers[name] = 0
        while not scheduler.done:
            scheduler.settle()
            for name in [n for n in blocked if n in scheduler.running()]:
                self.owners[blocked.pop(name).cell] = name
                scheduler.arrive(name, Point(OpKind.LOCK, "lock", 0, (), resumed=True))
            chosen = scheduler.decide()
            if not isinstance(chosen, str):
                return tuple(scheduler.steps), ("deadlock",)
            if scheduler.steps[-1].point.kind is OpKind.STATEMENT:
                do = pending[chosen].pop(0)
                if do.verb == "lock" and self.owners.get(do.cell, chosen) != chosen:
                    blocked[chosen] = do
                    scheduler.wait(chosen, lambda cell=do.cell: cell in self.owners)
                    continue
                self._do(chosen, do)
            self._onwards(scheduler, chosen, pending[chosen])
        return tuple(scheduler.steps), (tuple(self.cells.items()), tuple(self.registers.items()))

    def precedences(self) -> frozenset[tuple[str, str]]:
        """Pairs (B, A): B had ended before A's first write, or before its last read."""
        found = set()
        for first in self.registers:
            end = self.log.index((first, "end")) if (first, "end") in self.log else None
            for second in self.registers:
                used = self._first_effect(second)
                if first != second and end is not None and used is not None and end < used:
                    found.add((first, second))
        return frozenset(found)

    def _first_effect(self, name: str) -> int | None:
        writes = [i for i, entry in enumerate(self.log) if entry == (name, "write")]
        reads = [i for i, entry in enumerate(self.log) if entry == (name, "read")]
        return writes[0] if writes else reads[-1] if reads else None

    def _do(self, name: str, do: Do) -> None:
        self.log.append((name, do.verb))
        match do.verb:
            case "read":
                self.registers[name] = self.registers[name] * 10 + self.cells[do.cell]
            case "write":
                self.cells[do.cell] = self.registers[name] + 1
            case "lock":
                self.owners[do.cell] = name
            case "unlock":
                self.owners.pop(do.cell, None)

    def _onwards(self, scheduler: Scheduler, name: str, rest: list[Do]) -> None:
        if not rest:
            for cell in [c for c, owner in self.owners.items() if owner == name]:
                del self.owners[cell]
            self.log.append((name, "end"))
            scheduler.end(name)
            return
        label = f"{rest[0].verb} {rest[0].cell}"
        count = scheduler.occurrence(name, label)
        scheduler.arrive(name, Point(OpKind.STATEMENT, label, count, rest[0].accesses))


def judged(program: Program, machine: Machine, outcome: object) -> tuple[object, bool]:
    """An outcome, and whether some serial order explains it that respects who had ended before."""
    if outcome == ("deadlock",):
        return outcome, False
    before = machine.precedences()
    for order in itertools.permutations([name for name, _ in program]):
        if all(order.index(one) < order.index(two) for one, two in before):
            _, serial = Machine(program).run(Follow(Schedule.serial(*order)))
            if serial == outcome:
                return outcome, True
    return outcome, False


def explore(program: Program, search: Search, limit: int = 20_000) -> tuple[set[object], int]:
    """All outcomes a search reaches, each with its judgement, and in how many runs."""
    outcomes, runs = set(), 0
    while (strategy := search.next()) is not None:
        machine = Machine(program)
        trace, outcome = machine.run(strategy)
        search.learn(trace)
        outcomes.add(judged(program, machine, outcome))
        runs += 1
        assert runs < limit, "the search does not end"
    return outcomes, runs


def exhaustive(program: Program) -> tuple[set[object], int]:
    """All outcomes, by trying every choice at every decision: the slow truth."""

    class Choices:
        def __init__(self, prefix: list[str]) -> None:
            self.prefix = prefix
            self.made: list[tuple[str, list[str]]] = []

        def choose(self, ready: dict[str, Point], last: str | None) -> str:
            at = len(self.made)
            chosen = self.prefix[at] if at < len(self.prefix) else min(ready)
            self.made.append((chosen, sorted(ready)))
            return chosen

    outcomes, runs, stack = set(), 0, [[]]
    while stack:
        strategy = Choices(stack.pop())
        machine = Machine(program)
        _, outcome = machine.run(strategy)
        outcomes.add(judged(program, machine, outcome))
        runs += 1
        chosen = [c for c, _ in strategy.made]
        for at in range(len(strategy.prefix), len(chosen)):
            others = [name for name in strategy.made[at][1] if name != chosen[at]]
            stack.extend([*chosen[:at], other] for other in others)
    return outcomes, runs


def operations(verbs: tuple[str, ...] = ("read", "write")) -> st.SearchStrategy[Do]:
    return st.builds(Do, st.sampled_from(verbs), st.sampled_from(CELLS))


def programs(tasks: int = 2, most: int = 4, *, locks: bool = False) -> st.SearchStrategy[Program]:
    """Programs of so many tasks, each of 1 to ``most`` operations."""
    verbs = ("read", "write", "lock", "unlock") if locks else ("read", "write")
    body = st.lists(operations(verbs), min_size=1, max_size=most).map(tuple)
    return st.tuples(*[st.tuples(st.just("ABC"[n]), body) for n in range(tasks)])
