"""Explores one scenario: baselines, schedules, verdict, and a witness for each anomaly."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType

from tocsin.explore.anomalies import name_it, severity
from tocsin.explore.baseline import Baselines
from tocsin.explore.conditions import conditioned
from tocsin.explore.execution import Execution, Race, Result, RunFailed, produced
from tocsin.explore.meeting import Probes, meeting
from tocsin.explore.messages import Bounds, Explored, Proof
from tocsin.explore.minimise import minimise
from tocsin.explore.oracle import Judgement, Verdict, judge, precedences
from tocsin.explore.outcome import Canon
from tocsin.explore.run import Level
from tocsin.explore.scheduler import Strategy
from tocsin.explore.schedulers.base import Search
from tocsin.explore.schedulers.dpor import Dpor
from tocsin.explore.schedulers.preempt import Preempt
from tocsin.explore.schedulers.replay import Follow
from tocsin.explore.trace import schedule_of
from tocsin.model import verdict as words
from tocsin.model.anomaly import Anomaly
from tocsin.model.finding import Outcome, Witness
from tocsin.model.location import Location
from tocsin.model.schedule import Schedule

_REPLAYS = 10
_AFTER_THE_FIRST = 6
"""So many schedules are still run after the first anomaly: it may not be the worst one."""


def _search(bounds: Bounds, tasks: tuple[str, ...], level: Level) -> Search:
    """Lines of code are many and statements few: they get one preemption less."""
    if bounds.exhaustive:
        return Dpor(tasks)
    most = max(1, bounds.preemptions - 1) if level.lines else bounds.preemptions
    return Preempt(tasks, min(most, bounds.preemptions))


def _with_lines(statements: str, lines: str) -> str:
    """Both bounds in one phrase."""
    if statements == lines:
        return f"{statements}, of statements and of lines"
    return f"{statements}; {lines.removeprefix('every schedule ')} between lines"


@dataclass(frozen=True, slots=True)
class _Wrong:
    """What the oracle could not explain, or the invariant that is ``broken``."""

    judgement: Judgement
    outcome: Outcome
    broken: str = ""


def _kind(anomaly: Anomaly) -> tuple[object, ...]:
    """The same for anomalies that are shown once."""
    return anomaly.name, str(anomaly.check_at), str(anomaly.use_at)


class PairExplorer:
    """Explores one race with one app.

    ``beyond`` names drivers that were used past the instruments by then, and says how.
    """

    def __init__(
        self,
        execution: Execution,
        canon: Canon,
        race: Race,
        bounds: Bounds,
        code: Callable[[Location], CodeType | None] = lambda _: None,
        beyond: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._execution = execution
        self._code = code
        self._race = race
        self._bounds = bounds
        self._baselines = Baselines(execution, canon, race)
        self._tasks = tuple(race.requests)
        self._proofs: dict[tuple[object, ...], Proof] = {}
        self._schedules = 0
        self._unsteady = ""
        self._beyond = beyond
        self._escapes: dict[str, str] = {}
        self._uncontrolled = ""

    def explore(self, levels: Sequence[Level]) -> Explored:
        """Judge the race at each level in turn, until one shows a violation."""
        began = time.perf_counter()
        bound, cut = "", False
        try:
            self._baselines.establish()
            for level in levels:
                search = self._shortcut(levels) or _search(self._bounds, self._tasks, level)
                bound = _with_lines(bound, search.bound()) if level.lines else search.bound()
                cut = not self._search(search, level, began + self._bounds.seconds)
                if self._proofs or cut:
                    break
        except RunFailed as failed:
            return self._explored(bound, began, str(failed), tainted=failed.tainted)
        reason = f"stopped after {self._bounds.seconds:g} s" if cut else ""
        return self._explored(bound, began, reason, tainted=False)

    def _shortcut(self, levels: Sequence[Level]) -> Search | None:
        """What is left to run if all schedules are known to end like a serial order."""
        if self._bounds.exhaustive or len(levels) > 1 or self._race.invariants:
            return None
        if self._escapes or self._baselines.escapes or self._beyond():
            return None
        serial = self._baselines.whole()
        met = meeting([run.history for run in serial], self._tasks)
        if met is None or not (met.at_use or self._baselines.commute()):
            return None
        self._schedules += len(serial)
        return Probes([run.trace for run in serial], self._tasks)

    def again(
        self, schedule: Schedule, level: Level, times: int, masks: frozenset[str]
    ) -> list[tuple[bool, Outcome]]:
        """Run one schedule so many times: whether it was wrong, and its outcome.

        Raises `RunFailed`.
        """
        self._baselines.establish(masks)
        found = []
        for _ in range(times):
            result = self._run(Follow(schedule), level)
            wrong = self._judge(result)
            outcome = wrong.outcome if wrong else self._baselines.canonical(result.raw)
            found.append((wrong is not None, outcome))
        return found

    def _search(self, search: Search, level: Level, until: float) -> bool:
        """Run every schedule of a search. Returns whether it came to its end."""
        left = self._bounds.schedules
        while (strategy := search.next()) is not None:
            if time.perf_counter() > until or left == 0:
                return bool(self._proofs)
            result = self._ran(strategy, level) or self._run(strategy, level)
            search.learn(result.trace)
            self._consider(result, level)
            left -= 1
            if self._proofs:
                left = min(left, _AFTER_THE_FIRST)
        return True

    def _ran(self, strategy: Strategy, level: Level) -> Result | None:
        """The baseline that the search asks for again, if it does."""
        if level.name != Level().name or not isinstance(strategy, Follow):
            return None
        result = self._baselines.ran(strategy.schedule)
        self._schedules += result is not None
        return result

    def _run(self, strategy: Strategy, level: Level) -> Result:
        result = self._execution.run(
            self._race.requests,
            strategy,
            level,
            observers=self._race.observers,
            invariants=self._race.invariants,
        )
        self._schedules += 1
        if result.trouble:
            raise RunFailed(result.trouble, tainted=result.tainted)
        self._escapes.update(result.escapes)
        for task in self._tasks:
            if self._baselines.expected(task) and not produced(result.history, task):
                self._uncontrolled = f"request {task} reached its data past the instruments"
        return result

    def _consider(self, result: Result, level: Level) -> None:
        wrong = self._judge(result)
        if wrong is None:
            return
        key = _kind(self._name(result, wrong))
        if key in self._proofs:
            return
        schedule = minimise(
            schedule_of(result.trace), lambda smaller: self._same(smaller, level, key)
        )
        witness = self._prove(schedule, level)
        if witness is not None:
            writes = any(op.writes for op in witness.history.of(witness.anomaly.victim))
            self._proofs[key] = Proof(witness, severity(witness.anomaly, victim_writes=writes))

    def _judge(self, result: Result) -> _Wrong | None:
        """What is wrong with a run, if anything is."""
        if result.deadlocked:
            outcome = Outcome((), ())
            verdict = Verdict(Judgement.CRASHED)
        else:
            outcome = self._baselines.canonical(result.raw)
            turned_away = frozenset(t for t, status, _ in outcome.responses if status >= 400)
            serial = self._baselines.serial(turned_away & set(self._tasks))
            verdict = judge(outcome, serial, precedences(self._tasks, result.history))
        # What no order keeps whole was not broken by the race.
        broken = "; ".join(
            said for given, said in result.broken.items() if given not in self._baselines.broken
        )
        if verdict.judgement is Judgement.EXPLAINED and not broken:
            return None
        return _Wrong(verdict.judgement, outcome, broken)

    def _name(self, result: Result, wrong: _Wrong) -> Anomaly:
        anomaly = name_it(
            wrong.judgement,
            result.history,
            self._race.requests,
            wrong.outcome,
            self._baselines.serial(frozenset(self._tasks)),
            broken_invariant=wrong.broken or None,
            deadlocked=result.deadlocked,
        )
        return conditioned(anomaly, result.history, self._code)

    def _same(self, schedule: Schedule, level: Level, key: tuple[object, ...]) -> bool:
        """Whether a smaller schedule shows the same anomaly."""
        result = self._run(Follow(schedule), level)
        wrong = self._judge(result)
        return wrong is not None and _kind(self._name(result, wrong)) == key

    def _prove(self, schedule: Schedule, level: Level) -> Witness | None:
        """Replay the schedule; the witness if it gives one outcome every time."""
        replays = [self._run(Follow(schedule), level) for _ in range(_REPLAYS)]
        drifted = self._baselines.refine(replays)
        judged = [self._judge(replay_) for replay_ in replays]
        first = judged[0]
        if first is None or any(o is None or o.outcome != first.outcome for o in judged):
            self._unsteady = "" if drifted else self._baselines.unsteady(replays)
            return None
        return Witness(
            requests=tuple(self._race.requests.values()),
            schedule=schedule,
            history=replays[0].history,
            serial=self._baselines.shown(),
            observed=first.outcome,
            anomaly=self._name(replays[0], first),
            masks=tuple(sorted(self._baselines.masks)),
            observers=self._race.observers,
            invariants=tuple(one.given for one in self._race.invariants),
            level=level.name,
            replays=len(replays),
        )

    def _explored(self, bound: str, began: float, reason: str, *, tainted: bool) -> Explored:
        escapes = {**self._beyond(), **self._baselines.escapes, **self._escapes}
        proofs = tuple(sorted(self._proofs.values(), key=lambda p: -p.severity.rank))
        if proofs:
            verdict, reason = words.Verdict.VIOLATED, ""
        elif reason or self._unsteady:
            verdict, reason = words.Verdict.INCONCLUSIVE, reason or self._unsteady
        elif escapes or self._uncontrolled:
            verdict = words.Verdict.NOT_CONTROLLED
            reason = self._uncontrolled or "; ".join(
                f"{driver} {what}" for driver, what in escapes.items()
            )
        else:
            verdict = words.Verdict.HOLDS
        return Explored(
            verdict,
            self._schedules,
            bound,
            reason,
            proofs,
            tuple(self._baselines.notes()),
            time.perf_counter() - began,
            tainted,
        )
