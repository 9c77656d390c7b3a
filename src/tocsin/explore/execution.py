"""Runs a scenario once: from the same world each time, under given choices, watched to its end."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tocsin.explore.conductor import Conductor
from tocsin.explore.determinism import Streams
from tocsin.explore.drivers.base import Driver
from tocsin.explore.invariants import Invariant
from tocsin.explore.outcome import Contents, Raw
from tocsin.explore.recorder import Recorder
from tocsin.explore.run import Level, Run
from tocsin.explore.scheduler import Strategy
from tocsin.explore.schedulers.replay import Follow
from tocsin.explore.state.base import StillLocked
from tocsin.explore.trace import Trace
from tocsin.model.access import Item
from tocsin.model.history import History, OpKind
from tocsin.model.http import Request, Response
from tocsin.model.invariant import Invariant as Asserted
from tocsin.model.schedule import Schedule
from tocsin.stores.control import Session

_FAST_PACE = 0.001
_PACE = 0.01
_SLOW_PACE = 0.05
_UNWIND = 2.0


class World(Protocol):
    """The states of this process: what `Vault` offers."""

    def restore(self, touched: Collection[Item]) -> None: ...
    def read(self, touched: Collection[Item]) -> Contents: ...
    def waiting(self, sessions: Collection[Session]) -> Mapping[int, frozenset[int]]: ...
    def changed(self, touched: Collection[Item]) -> Collection[Item]: ...
    def asks(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Result:
    """One run: what was answered, what was left, what happened, and what went wrong with it.

    ``trouble`` says why the run proves nothing (it hung, a lock was held by somebody else);
    ``tainted`` that this process cannot be used again; ``broken`` how invariants are broken.
    """

    responses: Mapping[str, Response]
    state: Contents
    history: History
    trace: Trace
    deadlocked: bool = False
    trouble: str = ""
    tainted: bool = False
    broken: Mapping[Asserted, str] = field(default_factory=dict)
    escapes: Mapping[str, str] = field(default_factory=dict)

    @property
    def raw(self) -> Raw:
        return Raw(self.responses, self.state)


@dataclass(frozen=True, slots=True)
class Race:
    """The requests that race, by task name, and what is looked at afterwards."""

    requests: Mapping[str, Request]
    observers: tuple[Request, ...] = ()
    invariants: tuple[Invariant, ...] = ()


class RunFailed(Exception):
    """A run that proves nothing; the message says why. ``tainted``: the process is used up."""

    def __init__(self, reason: str, *, tainted: bool) -> None:
        super().__init__(reason)
        self.tainted = tainted


class Execution:
    """One app in this process, ready to answer scenarios again and again."""

    def __init__(
        self,
        driver: Driver,
        conductor: Conductor,
        world: World,
        streams: Streams,
        recorder: Callable[[], Recorder],
        timeout: float,
    ) -> None:
        self._driver = driver
        self._conductor = conductor
        self._world = world
        self._streams = streams
        self._recorder = recorder
        self._timeout = timeout
        self._touched: set[Item] = set()
        self.runs = 0

    def run(
        self,
        requests: Mapping[str, Request],
        strategy: Strategy,
        level: Level,
        *,
        observers: Sequence[Request] = (),
        invariants: Sequence[Invariant] = (),
    ) -> Result:
        """Restore the world, answer the requests under the strategy, and look at what is left.

        Observers are sent afterwards, one by one; their answers are part of the result.
        """
        self._restore()
        self._streams.reset()
        self.runs += 1
        result = self._answer(requests, strategy, level)
        if result.trouble or result.deadlocked:
            return result
        responses = dict(result.responses)
        for number, request in enumerate(observers, 1):
            name = f"observer {number}"
            seen = self._answer({name: request}, Follow(Schedule.serial(name)), Level())
            responses.update(seen.responses)
        broken = {one.given: said for one in invariants if (said := one.complaint())}
        return Result(
            responses,
            self._world.read(self._world.changed(self._touched)),
            result.history,
            result.trace,
            broken=broken,
            escapes=result.escapes,
        )

    def rest(self) -> None:
        """Put the world back after the last run."""
        self._restore()

    def _restore(self) -> None:
        try:
            self._world.restore(self._touched)
        except StillLocked as held:
            raise RunFailed(str(held), tainted=True) from held
        self._touched.clear()

    def before(self, items: Collection[Item]) -> Contents:
        """What these items contain before every run."""
        self.rest()
        return self._world.read(items)

    def _answer(self, requests: Mapping[str, Request], strategy: Strategy, level: Level) -> Result:
        run = Run(tuple(requests), strategy, self._recorder(), level)
        responses: dict[str, Response] = {}
        self._conductor.begin(run)
        try:
            self._driver.start(run, requests, responses.__setitem__)
            trouble = self._watch(run)
            tainted = bool(trouble or run.deadlocked) and not self._unwound(run)
        finally:
            self._conductor.end()
        history = run.recorder.history()
        self._touched.update(
            access.item for op in history.ops for access in op.accesses if access.writes
        )
        if run.escapes:
            # Nobody knows what it wrote.
            self._touched.update(Item(op.store, None) for op in history.ops if op.store)
        return Result(
            responses,
            {},
            history,
            run.trace,
            deadlocked=run.deadlocked and not trouble,
            trouble=trouble,
            tainted=tainted,
            escapes=dict(run.escapes),
        )

    def _watch(self, run: Run) -> str:
        """Wait for the end of a run; ask the databases who waits. Returns what went wrong."""
        asks = self._world.asks()
        pace, seen, since = _PACE, -1, time.perf_counter()
        while not run.over.wait(pace if asks else _SLOW_PACE):
            if run.alarmed or len(run.trace) != seen:
                # It goes on; to ask the databases is for when it does not.
                pace, run.alarmed = (_FAST_PACE if run.alarmed else _PACE), False
                seen, since = len(run.trace), time.perf_counter()
                continue
            pace = min(2 * pace, _SLOW_PACE)
            run.ask(self._world.waiting)
            if run.stuck():
                if self._driver.unstick(run):
                    continue
                run.abandon()
                run.deadlocked = True
                return ""
            if time.perf_counter() - since > self._timeout:
                reason = run.describe_hang(self._timeout)
                run.abandon()
                return reason
        return ""

    def _unwound(self, run: Run) -> bool:
        """Whether every strand of an abandoned run came to its end."""
        limit = time.perf_counter() + _UNWIND
        while any(run.strands.values()) and time.perf_counter() < limit:
            time.sleep(0.001)
        return not any(run.strands.values())


def produced(history: History, task: str) -> int:
    """How many operations of a task went through the instruments."""
    quiet = {OpKind.START, OpKind.RESPOND, OpKind.FINISH}
    return sum(1 for op in history.of(task) if op.kind not in quiet)
