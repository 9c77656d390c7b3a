"""The serial outcomes of a race, and what varies in them although nothing changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise, permutations

from tocsin.explore.execution import Execution, Race, Result, RunFailed, produced
from tocsin.explore.oracle import orders
from tocsin.explore.outcome import Canon, Raw, differing
from tocsin.explore.run import Level
from tocsin.explore.schedulers.replay import Follow
from tocsin.model.access import Item
from tocsin.model.finding import Outcome, SerialOutcome
from tocsin.model.invariant import Invariant
from tocsin.model.schedule import Schedule


class Baselines:
    """Runs serial orders when they are asked for, once each.

    ``canon`` may be shared by all races of a session: what stood in a table before is learned once.
    """

    def __init__(self, execution: Execution, canon: Canon, race: Race) -> None:
        self._execution = execution
        self._canon = canon
        self._race = race
        self._tasks = tuple(race.requests)
        self._outcomes: dict[tuple[str, ...], Outcome] = {}
        self._raws: dict[tuple[str, ...], Raw] = {}
        self._runs: dict[tuple[str, ...], Result] = {}
        self._canonical: dict[object, Outcome] = {}
        self._produced: dict[str, int] = {}
        self.escapes: dict[str, str] = {}
        self.broken: dict[Invariant, str] = {}

    def establish(self, known: frozenset[str] = frozenset()) -> None:
        """Run every whole order, the first one twice: what differs between the two is masked.

        ``known`` paths are masked as well.

        Raises `RunFailed` if a serial run did not come to its end.
        """
        first = self._tasks
        one, two = self._run(first), self._run(first)
        masks = self._canon.masks | known | self._for_twins(differing(one.raw, two.raw))
        self._canon = replace(self._canon, masks=masks)
        self._canonical.clear()
        self._keep(first, one)
        for order in permutations(self._tasks):
            if order != first:
                self._keep(order, self._run(order))

    def refine(self, replays: Sequence[Result]) -> bool:
        """Look whether the baselines still hold after so many runs; mask what has drifted.

        ``replays`` are runs of one schedule: what differs between them is masked as well. Returns
        whether anything was masked that was not before.
        """
        paths = {p for one, two in pairwise(replays) for p in differing(one.raw, two.raw)}
        for order in permutations(self._tasks):
            paths |= differing(self._raws[order], self._run(order).raw)
        found = self._for_twins(frozenset(paths)) - self._canon.masks
        if not found:
            return False
        self._canon = replace(self._canon, masks=self._canon.masks | found)
        self._canonical.clear()
        self._outcomes = {order: self.canonical(raw) for order, raw in self._raws.items()}
        return True

    def _for_twins(self, paths: frozenset[str]) -> frozenset[str]:
        """What varies in one answer of an endpoint varies in the others, whatever chance says."""
        twins = {
            f"{other}.{path.partition('.')[2]}"
            for path in paths
            for task, request in self._race.requests.items()
            if path.startswith(f"{task}.body")
            for other, its in self._race.requests.items()
            if its.endpoint == request.endpoint
        }
        return paths | twins

    def serial(self, turned_away: frozenset[str]) -> dict[tuple[str, ...], Outcome]:
        """The outcomes of every order worth comparing with (see `orders`)."""
        wanted = orders(self._tasks, turned_away)
        for order in wanted:
            if order not in self._outcomes:
                self._keep(order, self._run(order))
        return {order: self._outcomes[order] for order in wanted}

    def whole(self) -> list[Result]:
        """The runs of every whole order."""
        return [self._runs[order] for order in permutations(self._tasks)]

    def ran(self, schedule: Schedule) -> Result | None:
        """The run that a serial schedule would give again, if there was one."""
        order = tuple(segment.task for segment in schedule.segments)
        if any(segment.until for segment in schedule.segments):
            return None
        rest = sorted(task for task in self._tasks if task not in order)
        return self._runs.get((*order, *rest))

    def commute(self) -> bool:
        """Whether every whole order has the same outcome."""
        return len({self._outcomes[order] for order in permutations(self._tasks)}) == 1

    def canonical(self, raw: Raw) -> Outcome:
        """An outcome of this race in canonical form. Most schedules end in one of a few."""
        key = raw.fingerprint()
        outcome = self._canonical.get(key)
        if outcome is None:
            self._learn(raw)
            outcome = self._canonical[key] = self._canon.outcome(raw)
        return outcome

    def expected(self, task: str) -> int:
        """How many operations a task went through the instruments with, at least, serially."""
        return self._produced.get(task, 0)

    @property
    def masks(self) -> frozenset[str]:
        return self._canon.masks

    def shown(self) -> tuple[SerialOutcome, ...]:
        """The whole orders' outcomes, for a witness."""
        return tuple(
            SerialOutcome(order, outcome)
            for order, outcome in self._outcomes.items()
            if len(order) == len(self._tasks)
        )

    def notes(self) -> Iterator[str]:
        """What the reader should know: fields that vary, requests that fail by themselves."""
        for path in sorted(self._canon.masks):
            yield f"{path} differs from run to run: it is not compared"
        for said in self.broken.values():
            yield f"an invariant is broken even without a race, {said}; it is not judged"
        for order, raw in self._raws.items():
            for task in order:
                response = raw.responses.get(task)
                if response is not None and response.failed:
                    request = self._race.requests[task]
                    yield (
                        f"{request.endpoint} answers {response.status} even without a race, "
                        f"in the order {', '.join(order)}: {response.error or 'no reason given'}"
                    )

    def unsteady(self, replays: Sequence[Result]) -> str:
        """Why replays of one schedule cannot be compared, in one sentence."""
        paths = sorted({p for one, two in pairwise(replays) for p in differing(one.raw, two.raw)})
        field = f": {', '.join(paths[:3])} differs" if paths else ""
        return f"one schedule gave several outcomes{field}; something here is not controlled"

    def _run(self, order: tuple[str, ...]) -> Result:
        result = self._execution.run(
            {task: self._race.requests[task] for task in order},
            Follow(Schedule.serial(*order)),
            Level(),
            observers=self._race.observers,
            invariants=self._race.invariants,
        )
        if result.trouble or result.deadlocked:
            raise RunFailed(result.trouble or "a request waits for ever", tainted=result.tainted)
        for task in order:
            count = produced(result.history, task)
            self._produced[task] = min(count, self._produced.get(task, count))
        self.escapes.update(result.escapes)
        for given, said in result.broken.items():
            self.broken.setdefault(given, f"in the order {', '.join(order)}: {said}")
        return result

    def _keep(self, order: tuple[str, ...], result: Result) -> None:
        self._raws[order] = result.raw
        self._runs[order] = result
        self._outcomes[order] = self.canonical(result.raw)

    def _learn(self, raw: Raw) -> None:
        """Look up what stood, before every run, in tables that were not yet asked about."""
        unknown = {
            Item(store, name)
            for store, tables in raw.state.items()
            for name in tables
            if name not in self._canon.before.get(store, {})
        }
        if unknown:
            for store, tables in self._execution.before(unknown).items():
                self._canon.before.setdefault(store, {}).update(tables)
