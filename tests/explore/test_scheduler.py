"""The state machine behind every driver: nobody is let go before everybody's place is known."""

from __future__ import annotations

import pytest

from tocsin.explore.scheduler import Scheduler, Stalled, Status
from tocsin.explore.schedulers.replay import Follow
from tocsin.explore.trace import Point
from tocsin.model.history import OpKind
from tocsin.model.schedule import Schedule


def before(label: str) -> Point:
    return Point(OpKind.STATEMENT, label)


@pytest.fixture
def scheduler() -> Scheduler:
    return Scheduler(("A", "B"), Follow(Schedule.serial("A", "B")))


def test_nobody_goes_before_all_have_come(scheduler: Scheduler) -> None:
    scheduler.arrive("A", before("x"))
    assert scheduler.decide() is Stalled.NOT_YET
    scheduler.arrive("B", before("x"))
    assert scheduler.decide() == "A"


def test_nobody_goes_while_somebody_runs(scheduler: Scheduler) -> None:
    scheduler.arrive("A", before("x"))
    scheduler.arrive("B", before("x"))
    assert scheduler.decide() == "A"
    assert scheduler.status("A") is Status.RUNNING
    assert scheduler.decide() is Stalled.NOT_YET


def test_who_waits_is_passed_over(scheduler: Scheduler) -> None:
    scheduler.wait("A", lambda: True)
    scheduler.arrive("B", before("x"))
    scheduler.settle()
    assert scheduler.decide() == "B"
    assert [step.task for step in scheduler.steps] == ["B"]


def test_who_waits_no_more_is_waited_for(scheduler: Scheduler) -> None:
    held = [True]
    scheduler.wait("A", lambda: held[0])
    scheduler.arrive("B", before("x"))
    held[0] = False
    scheduler.settle()
    assert scheduler.status("A") is Status.RUNNING
    assert scheduler.decide() is Stalled.NOT_YET
    scheduler.arrive("A", before("y"))
    assert scheduler.decide() == "A"


def test_all_wait(scheduler: Scheduler) -> None:
    scheduler.wait("A", lambda: True)
    scheduler.wait("B", lambda: True)
    scheduler.settle()
    assert scheduler.decide() is Stalled.DEADLOCK


def test_the_rest_wait_for_one_that_has_ended(scheduler: Scheduler) -> None:
    scheduler.end("A")
    scheduler.wait("B", lambda: True)
    assert scheduler.decide() is Stalled.DEADLOCK


def test_all_have_ended(scheduler: Scheduler) -> None:
    scheduler.end("A")
    assert not scheduler.done
    scheduler.end("B")
    assert scheduler.done
    assert scheduler.decide() is Stalled.NOT_YET


def test_a_decision_remembers_who_else_could_have_gone(scheduler: Scheduler) -> None:
    scheduler.arrive("A", before("x"))
    scheduler.arrive("B", before("y"))
    scheduler.decide()
    (step,) = scheduler.steps
    assert step.point == before("x")
    assert step.others == ("B",)
    assert step.could("B")


def test_occurrences_are_counted_for_each_task_and_label(scheduler: Scheduler) -> None:
    assert [scheduler.occurrence("A", "x") for _ in range(3)] == [1, 2, 3]
    assert scheduler.occurrence("A", "y") == 1
    assert scheduler.occurrence("B", "x") == 1
