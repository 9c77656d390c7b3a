"""One run with real threads: parked, let go one at a time, made to wait, given up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping

import pytest

from tocsin.explore.recorder import Recorder
from tocsin.explore.run import Level, Run
from tocsin.explore.schedulers.replay import Follow
from tocsin.explore.strand import Abandoned, Strand
from tocsin.model.history import OpKind
from tocsin.model.schedule import Mark, Schedule, Segment
from tocsin.stores.control import Session

SOON = 30
Work = Callable[[Strand], object]


class Stage:
    """A run whose tasks are threads; ``told`` is what they did, in order."""

    def __init__(self, schedule: Schedule, *tasks: str) -> None:
        self.run = Run(tasks, Follow(schedule), Recorder(lambda: None, lambda *_: ()), Level())
        self.told: list[str] = []
        self._threads: list[threading.Thread] = []

    def play(self, **parts: Work) -> None:
        """Begin all parts, each as the main strand of its task."""
        strands = {name: self.strand(name, main=True) for name in parts}
        for name, work in parts.items():
            self.begin(strands[name], work)

    def strand(self, task: str, *, main: bool = False) -> Strand:
        strand = Strand(task, self.run, main)
        self.run.join(strand)
        return strand

    def begin(self, strand: Strand, work: Work) -> None:
        def perform() -> None:
            try:
                work(strand)
            except Abandoned:
                self.told.append(f"{strand.task} gave up")
            finally:
                self.run.leave(strand)

        thread = threading.Thread(target=perform, daemon=True)
        self._threads.append(thread)
        thread.start()

    def does(self, *labels: str) -> Work:
        """Stand before each operation, then do it."""

        def work(strand: Strand) -> None:
            for label in labels:
                self.do(strand, label)

        return work

    def do(self, strand: Strand, label: str) -> None:
        self.run.arrive(strand, OpKind.STATEMENT, label)
        self.told.append(f"{strand.task} {label}")

    def ends(self) -> bool:
        """Whether the run is over, and all threads with it."""
        over = self.run.over.wait(SOON)
        for thread in self._threads:
            thread.join(SOON)
        return over and not any(thread.is_alive() for thread in self._threads)

    def decisions(self) -> list[str]:
        return [step.task for step in self.run.trace]


Staged = Callable[..., Stage]


@pytest.fixture
def stage() -> Iterator[Staged]:
    stages: list[Stage] = []

    def make(*segments: Segment, tasks: tuple[str, ...] = ("A", "B")) -> Stage:
        stages.append(Stage(Schedule(segments), *tasks))
        return stages[-1]

    yield make
    for each in stages:
        each.run.abandon()
        assert each.ends()


A, B = Segment("A"), Segment("B")


def test_one_runs_at_a_time_as_the_schedule_says(stage: Staged) -> None:
    play = stage(Segment("A", Mark("write")), B, A)
    play.play(A=play.does("read", "write"), B=play.does("read", "write"))
    assert play.ends()
    assert play.told == ["A read", "B read", "B write", "A write"]
    assert play.decisions() == ["A", "B", "B", "A"]


def test_nobody_goes_before_all_have_come(stage: Staged) -> None:
    play = stage(A, B)
    play.play(A=play.does("read"))
    assert not play.run.over.wait(0)
    assert play.told == []
    play.play(B=play.does("read"))
    assert play.ends()
    assert play.told == ["A read", "B read"]


def test_a_task_is_over_with_its_last_strand(stage: Staged) -> None:
    play = stage(A, tasks=("A",))
    child = play.strand("A")
    play.play(A=play.does("read"))
    play.begin(child, play.does("write"))
    assert play.ends()
    assert sorted(play.told) == ["A read", "A write"]
    history = play.run.recorder.history()
    assert [op.kind for op in history.ops] == [OpKind.FINISH]


def test_strands_of_one_task_take_turns(stage: Staged) -> None:
    play = stage(A, B)
    child = play.strand("A")
    play.play(A=play.does("one", "two"), B=play.does("three"))
    play.begin(child, play.does("four"))
    assert play.ends()
    assert len(play.decisions()) == 4


def test_who_waits_for_a_lock_lets_others_go(stage: Staged) -> None:
    play = stage(Segment("A", Mark("write")), B, A)
    lock, held = threading.Lock(), threading.Event()

    def holds(strand: Strand) -> None:
        play.do(strand, "read")
        with lock:
            held.set()
            play.do(strand, "write")
        play.do(strand, "commit")

    def wants(strand: Strand) -> None:
        play.do(strand, "read")
        if not lock.acquire(blocking=False):
            play.run.waits(strand, lock.locked)
            lock.acquire()
            strand.waited = False
            play.run.arrive(strand, OpKind.LOCK, "lock", resumed=True)
        play.told.append("B has the lock")
        lock.release()

    play.play(A=holds, B=wants)
    assert play.ends()
    assert play.told == ["A read", "B read", "A write", "A commit", "B has the lock"]


def test_who_is_refused_by_a_locked_database_tries_again_when_another_moved_on(
    stage: Staged,
) -> None:
    play = stage(Segment("A", Mark("commit")), B, A)

    def writes(strand: Strand) -> None:
        play.do(strand, "update")
        play.do(strand, "commit")
        play.run.let_go("sqlite:shop", "A")

    def is_refused(strand: Strand) -> None:
        play.do(strand, "update")
        again = play.run.refused(strand, "sqlite:shop", "update")
        play.told.append(f"B tries again: {again}")

    play.play(A=writes, B=is_refused)
    assert play.ends()
    assert play.told == ["A update", "B update", "A commit", "B tries again: True"]
    assert play.run.trace[-1].point.resumed


def test_if_all_are_refused_the_last_gets_the_database_s_error(stage: Staged) -> None:
    play = stage(A, B)

    def is_refused(strand: Strand) -> None:
        play.do(strand, "update")
        again = play.run.refused(strand, "sqlite:shop", "update")
        play.told.append(f"{strand.task} tries again: {again}")

    play.play(A=is_refused, B=is_refused)
    assert play.ends()
    assert play.told[2:] == ["B tries again: False", "A tries again: True"]
    assert not play.run.stuck()


def test_what_a_task_did_itself_does_not_let_it_go(stage: Staged) -> None:
    play = stage(A, B)
    refused = threading.Event()

    def is_refused(strand: Strand) -> None:
        play.do(strand, "update")
        refused.set()
        play.run.refused(strand, "sqlite:shop", "update")
        play.told.append("A goes on")

    def watches(strand: Strand) -> None:
        play.do(strand, "read")
        assert refused.wait(SOON)
        play.run.let_go("sqlite:shop", "A")
        play.run.let_go("sqlite:other", "B")
        play.told.append("B lets nobody go")

    play.play(A=is_refused, B=watches)
    assert play.ends()
    assert play.told.index("B lets nobody go") < play.told.index("A goes on")


def test_a_deadlock_is_seen(stage: Staged) -> None:
    play = stage(A, B)
    all_wait, given_up = threading.Barrier(3), threading.Event()

    def waits_for_ever(strand: Strand) -> None:
        play.do(strand, "lock")
        play.run.waits(strand, lambda: True)
        all_wait.wait(SOON)
        assert given_up.wait(SOON)

    play.play(A=waits_for_ever, B=waits_for_ever)
    all_wait.wait(SOON)
    assert play.run.stuck()
    assert not play.run.over.wait(0)
    play.run.abandon()
    given_up.set()
    assert play.ends()


def test_a_run_that_is_given_up_unwinds_every_strand(stage: Staged) -> None:
    play = stage(A, B, tasks=("A", "B", "C"))
    play.play(A=play.does("read"), B=play.does("read"))
    play.run.abandon()
    assert play.ends()
    assert sorted(play.told) == ["A gave up", "B gave up"]
    assert play.run.finished


def test_who_comes_after_the_end_gives_up_at_once(stage: Staged) -> None:
    play = stage(A, tasks=("A",))
    play.run.abandon()
    with pytest.raises(Abandoned):
        play.run.arrive(Strand("A", play.run), OpKind.STATEMENT, "read")


def test_what_is_left_of_a_task_that_has_ended_is_not_stopped(stage: Staged) -> None:
    play = stage(A, tasks=("A",))
    play.play(A=play.does("read"))
    assert play.ends()
    play.run.arrive(Strand("A", play.run), OpKind.STATEMENT, "afterwards")
    assert play.decisions() == ["A"]


def test_the_database_is_asked_who_waits_for_whom(stage: Staged) -> None:
    """B's statement does not come back; the database says that it waits for A's."""
    play = stage(Segment("A", Mark("commit")), B, A)
    mine, yours = Session(1, "psycopg", "postgresql:shop"), Session(2, "psycopg", "postgresql:shop")
    play.run.sessions = {1: mine, 2: yours}
    committed, asked_for = threading.Event(), threading.Event()

    def commits(strand: Strand) -> None:
        play.do(strand, "update")
        play.do(strand, "commit")
        committed.set()

    def is_blocked(strand: Strand) -> None:
        play.run.arrive(strand, OpKind.STATEMENT, "update")
        strand.session = yours
        asked_for.set()
        assert committed.wait(SOON)
        strand.session = None
        assert strand.waited
        strand.waited = False
        play.run.arrive(strand, OpKind.STATEMENT, "update", resumed=True)
        play.told.append("B update")

    def waiting(_: Collection[Session]) -> Mapping[int, frozenset[int]]:
        return {} if committed.is_set() else {2: frozenset({1})}

    play.play(A=commits, B=is_blocked)
    assert asked_for.wait(SOON)
    play.run.ask(waiting)
    assert play.ends()
    assert play.told == ["A update", "A commit", "B update"]


def test_a_session_that_waits_for_a_stranger_is_not_waiting_for_a_request(stage: Staged) -> None:
    play = stage(A, B)
    session = Session(2, "psycopg", "postgresql:shop")
    play.run.sessions = {2: session}
    strand = play.strand("A", main=True)
    strand.session = session
    play.run.ask(lambda _: {2: frozenset({-1})})
    assert not strand.waited
    words = play.run.describe_hang(3)
    assert words == (
        "request A waited more than 3 s for postgresql:shop (psycopg), "
        "and for none of the requests in this run"
    )
    play.run.leave(strand)
