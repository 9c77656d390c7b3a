"""One run of a scenario: parked strands, the scheduler's decisions, and the history."""

from __future__ import annotations

import _thread
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial

from tocsin.explore.recorder import Recorder
from tocsin.explore.scheduler import Scheduler, Stalled, Status, Strategy
from tocsin.explore.strand import Abandoned, Parking, Signal, Strand
from tocsin.explore.trace import Point, Trace
from tocsin.model.access import Access
from tocsin.model.history import OpKind
from tocsin.stores.control import Session

_sleep = time.sleep  # before anything is instrumented
_CIRCLES_LOOKED_FOR = 0.02


@dataclass(slots=True)
class _Parked:
    strand: Strand
    parking: Parking
    point: Point


@dataclass(slots=True, eq=False)
class _Busy:
    """A strand that a locked SQLite database refused; it tries again after others moved on."""

    parked: _Parked
    store: str
    again: bool = True


@dataclass(slots=True)
class Level:
    """At which operations tasks may be stopped, besides statements and files."""

    awaits: bool = False
    lines: bool = False
    memory: Mapping[str, tuple[Access, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return "line" if self.lines else "await" if self.awaits else "statement"


class Run:
    """Everything of one run that drivers and instruments share.

    Its methods may be called from any thread.
    """

    def __init__(
        self, tasks: Collection[str], strategy: Strategy, recorder: Recorder, level: Level
    ) -> None:
        self.level = level
        self.lock = _thread.RLock()
        self.over = Signal()
        self.scheduler = Scheduler(tasks, strategy)
        self.recorder = recorder
        self.sessions: dict[int, Session] = {}
        self.strands: dict[str, list[Strand]] = {name: [] for name in tasks}
        self.abandoned = False
        self.alarmed = False
        self.deadlocked = False
        self.escapes: dict[str, str] = {}
        self._queues: dict[str, deque[_Parked]] = {name: deque() for name in tasks}
        self._busy: list[_Busy] = []
        self._stalled = False
        if not tasks:
            # The serial order without those that were refused may be empty.
            self.over.set()

    @property
    def trace(self) -> Trace:
        return tuple(self.scheduler.steps)

    @property
    def finished(self) -> bool:
        """Whether every task has ended, or the run was given up."""
        return self.abandoned or self.scheduler.done

    # -- what strands report -------------------------------------------------------------------

    def join(self, strand: Strand) -> None:
        """A strand of a task begins."""
        with self.lock:
            self.strands[strand.task].append(strand)

    def leave(self, strand: Strand) -> None:
        """A strand has ended; with the last one of a task, the task."""
        with self.lock:
            strands = self.strands[strand.task]
            if strand in strands:
                strands.remove(strand)
            if self._queues[strand.task]:
                self._next_strand(strand.task)
            elif not strands:
                self._end(strand.task)
            self._advance()

    def arrive(
        self,
        strand: Strand,
        kind: OpKind,
        label: str,
        accesses: tuple[Access, ...] = (),
        *,
        resumed: bool = False,
    ) -> None:
        """Stand before an operation until the scheduler says go.

        Raises `Abandoned` when the run is given up.
        """
        parking = strand.parking()
        if parking is None:
            return
        with self.lock:
            self._refuse_if_abandoned()
            task = strand.task
            if self.scheduler.status(task) is Status.DONE:
                return
            count = 0 if resumed else self.scheduler.occurrence(task, label)
            if self.level.awaits and strand.loop_thread is not None and kind is not OpKind.MEMORY:
                # What runs from here to the next await is no point of its own.
                accesses += self.level.memory.get(task, ())
            parked = _Parked(strand, parking, Point(kind, label, count, accesses, resumed))
            self._queues[task].append(parked)
            if self.scheduler.status(task) is not Status.READY:
                self._next_strand(task)
                self._advance()
        parking.wait()
        self._refuse_if_abandoned()

    def waits(self, strand: Strand, still: Callable[[], bool]) -> None:
        """The strand is known to wait for another task, as long as ``still()``."""
        with self.lock:
            if self.abandoned or self.scheduler.status(strand.task) is not Status.RUNNING:
                return
            strand.still = still
            if self._queues[strand.task]:
                self._next_strand(strand.task)
            elif all(self._rests(other) for other in self.strands[strand.task]):
                strand.waited = True
                self.scheduler.wait(strand.task, still)
            self._advance()

    def expect_wait(self, task: str, *, circles_later: bool) -> None:
        """A statement is on its way that will wait, as far as one can see: do not let it stand.

        If somebody waits already, this one may close a circle. PostgreSQL looks for circles once,
        when a wait has lasted a moment (``circles_later``): let that of the others pass, so that
        the one who closes the circle is the victim every time. InnoDB looks at each wait at once.
        """
        with self.lock:
            self.alarmed = True
            self.over.nudge()
            others_wait = any(name != task for name in self.scheduler.waiting())
        if others_wait and circles_later:
            _sleep(_CIRCLES_LOOKED_FOR)

    def refused(self, strand: Strand, store: str, label: str) -> bool:
        """A locked SQLite database turned the strand away: stop it until others moved on.

        Returns whether to try again; ``False`` when all others wait too.
        """
        parking = strand.parking()
        if parking is None:
            return False
        with self.lock:
            self._refuse_if_abandoned()
            point = Point(OpKind.LOCK, label, 0, (), resumed=True)
            busy = _Busy(_Parked(strand, parking, point), store)
            self._busy.append(busy)
            strand.waited = True
            self.scheduler.wait(strand.task, lambda: True)
            self._advance()
        parking.wait()
        self._refuse_if_abandoned()
        return busy.again

    def let_go(self, store: str, by: str) -> None:
        """A task did something on a SQLite database: those it turned away may try again."""
        with self.lock:
            for busy in [b for b in self._busy if b.store == store and b.parked.strand.task != by]:
                self._retry(busy)

    # -- what drivers report -------------------------------------------------------------------

    def at_work(self) -> bool:
        """Whether a thread works for the strand that runs: then nobody else can be let go."""
        for task in self.scheduler.running():
            if not self._queues[task]:
                for strand in self.strands[task]:
                    if strand.flights:
                        return True
        return False

    def idle(self) -> bool:
        """The event loop has nothing to do. Returns whether somebody was let go."""
        with self.lock:
            decided = len(self.scheduler.steps)
            for task in self.scheduler.running():
                strands = self.strands[task]
                if any(s.flights or s.session is not None for s in strands):
                    continue
                if self._queues[task]:
                    self._next_strand(task)
                elif strands and _suspended(strands):
                    self._suspend(task, tuple(strands))
            self._advance()
            return len(self.scheduler.steps) > decided

    def ask(self, waiting: Callable[[Collection[Session]], Mapping[int, frozenset[int]]]) -> None:
        """Ask the databases whether a statement that has not come back waits for another task's."""
        with self.lock:
            suspects = [
                strand
                for task in self.scheduler.running()
                for strand in self.strands[task]
                if strand.session is not None
            ]
            if suspects:
                sessions = list(self.sessions.values())
                blocked = waiting(sessions)
                for strand in suspects:
                    session = strand.session
                    if session is None or not any(k > 0 for k in blocked.get(session.key, ())):
                        continue
                    self.waits(strand, partial(_waits, session.key, sessions, waiting))
            self._advance()

    def stuck(self) -> bool:
        """Whether all tasks wait for each other, and no database will end it."""
        with self.lock:
            if not self._stalled:
                return False
            self._stalled = False
            self._advance()
            strands = [s for strands in self.strands.values() for s in strands]
            return self._stalled and all(strand.session is None for strand in strands)

    def describe_hang(self, seconds: float) -> str:
        """What was going on when nothing went on any more, in one sentence."""
        with self.lock:
            for task, strands in self.strands.items():
                for strand in strands:
                    if strand.session is not None:
                        store, driver = strand.session.store, strand.session.driver
                        return (
                            f"request {task} waited more than {seconds:g} s for {store} "
                            f"({driver}), and for none of the requests in this run"
                        )
            names = " and ".join(task for task, strands in self.strands.items() if strands)
            return f"request {names} did not answer within {seconds:g} s"

    def abandon(self) -> None:
        """Give the run up: every parked strand unwinds."""
        with self.lock:
            self.abandoned = True
            for queue in self._queues.values():
                for parked in queue:
                    parked.parking.release()
                queue.clear()
            for busy in self._busy:
                busy.parked.parking.release()
            self._busy.clear()
            self.over.set()

    # -- decisions -----------------------------------------------------------------------------

    def _advance(self) -> None:
        if self.abandoned or self.scheduler.moving:
            return
        self.scheduler.settle()
        decision = self.scheduler.decide()
        if decision is Stalled.DEADLOCK and self._busy:
            # Real SQLite would time out: the last to ask is told that the database is locked.
            victim = self._busy[-1]
            victim.again = False
            self._retry(victim)
            decision = self.scheduler.decide()
        if isinstance(decision, str):
            self._queues[decision].popleft().parking.release()
        elif decision is Stalled.DEADLOCK:
            self._stalled = True
        if self.scheduler.done:
            self.over.set()

    def _retry(self, busy: _Busy) -> None:
        self._busy.remove(busy)
        task = busy.parked.strand.task
        self._queues[task].appendleft(busy.parked)
        self.scheduler.arrive(task, busy.parked.point)

    def _rests(self, strand: Strand) -> bool:
        """Whether a strand goes nowhere by itself: it waits for a lock, or awaits another task."""
        return strand.still is not None or strand.suspended()

    def _suspend(self, task: str, strands: tuple[Strand, ...]) -> None:
        """All of a task's strands await something that only others can give."""
        if not any(strand.main for strand in strands):
            # The request was answered; what it left in the background waits for nothing here.
            self._end(task)
            return
        for strand in strands:
            strand.waited = True
        self.scheduler.wait(task, lambda: _still_suspended(strands))

    def _next_strand(self, task: str) -> None:
        self.scheduler.arrive(task, self._queues[task][0].point)

    def _end(self, task: str) -> None:
        self.recorder.record(task, OpKind.FINISH, "finish")
        self.scheduler.end(task)
        for busy in list(self._busy):
            self._retry(busy)

    def _refuse_if_abandoned(self) -> None:
        if self.abandoned:
            raise Abandoned


def _waits(
    key: int,
    sessions: Collection[Session],
    waiting: Callable[[Collection[Session]], Mapping[int, frozenset[int]]],
) -> bool:
    return key in waiting(sessions)


def _suspended(strands: Collection[Strand]) -> bool:
    return all(strand.suspended() for strand in strands)


def _still_suspended(strands: Collection[Strand]) -> bool:
    return all(strand.awaiting is not None and not strand.awaiting() for strand in strands)
