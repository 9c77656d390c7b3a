"""A trace of decisions as a schedule that makes them again."""

from __future__ import annotations

from hypothesis import given, settings

from tests.explore.programs import Do, Machine, Program, programs
from tocsin.explore.schedulers.random import RandomWalk
from tocsin.explore.schedulers.replay import Follow
from tocsin.explore.trace import Point, Step, Trace, preemptions, schedule_of
from tocsin.model.history import OpKind
from tocsin.model.schedule import Mark, Schedule, Segment


def before(label: str, occurrence: int = 1, *, resumed: bool = False) -> Point:
    return Point(OpKind.STATEMENT, label, occurrence, (), resumed)


def step(task: str, **ready: Point) -> Step:
    return Step(task, tuple(ready.items()))


INTERRUPTED: Trace = (
    step("A", A=before("read"), B=before("read")),
    step("B", A=before("write"), B=before("read")),
    step("B", A=before("write"), B=before("write")),
    step("A", A=before("write")),
)


def test_a_task_that_was_left_stands_before_an_operation() -> None:
    assert schedule_of(INTERRUPTED) == Schedule(
        (Segment("A", Mark("write")), Segment("B"), Segment("A"))
    )


def test_its_beginning_and_another_choice() -> None:
    assert schedule_of(INTERRUPTED, 2, "A") == Schedule(
        (Segment("A", Mark("write")), Segment("B", Mark("write")), Segment("A"))
    )


def test_the_first_choice_of_all() -> None:
    assert schedule_of(INTERRUPTED, 0, "B") == Schedule.serial("B")


def test_a_task_that_waits_is_left_without_a_mark() -> None:
    waits = (
        step("A", A=before("write"), B=before("write")),
        step("B", B=before("commit")),
        step("A", A=before("write", resumed=True)),
    )
    assert schedule_of(waits) == Schedule.serial("A", "B", "A")


def test_a_task_that_has_waited_is_left_without_a_mark() -> None:
    resumed = before("write", 0, resumed=True)
    left = (
        step("A", A=before("write"), B=before("read")),
        step("B", A=resumed, B=before("read")),
    )
    assert schedule_of(left) == Schedule.serial("A", "B")


def test_to_leave_a_task_that_could_go_on_is_a_preemption() -> None:
    assert preemptions(INTERRUPTED) == 1
    assert preemptions(INTERRUPTED[:2]) == 1
    assert preemptions(INTERRUPTED[:1]) == 0
    assert preemptions(()) == 0


@settings(max_examples=60, deadline=None)
@given(programs(tasks=3, most=3, locks=True))
def test_every_trace_is_made_again_by_its_schedule(program: Program) -> None:
    walks = RandomWalk(5, seed=1)
    while (walk := walks.next()) is not None:
        trace, outcome = Machine(program).run(walk)
        assert Machine(program).run(Follow(schedule_of(trace))) == (trace, outcome)


@settings(max_examples=60, deadline=None)
@given(programs(most=3))
def test_the_beginning_of_a_trace_is_made_again_too(program: Program) -> None:
    trace, _ = Machine(program).run(RandomWalk(1, seed=3))
    for upto, taken in enumerate(trace):
        for other in taken.others:
            again, _ = Machine(program).run(Follow(schedule_of(trace, upto, other)))
            assert again[:upto] == trace[:upto]
            assert again[upto].task == other


def test_a_second_operation_with_the_same_label_has_its_own_mark() -> None:
    program: Program = (("A", (Do("read", "x"),) * 3), ("B", (Do("write", "x"),)))
    stop = Schedule((Segment("A", Mark("read x", 3)), Segment("B"), Segment("A")))
    trace, outcome = Machine(program).run(Follow(stop))
    assert [taken.task for taken in trace] == ["A", "A", "A", "B", "B", "A"]
    assert outcome == ((("x", 1), ("y", 0), ("z", 0)), (("A", 1), ("B", 0)))
