"""The searches reach every outcome that exhaustive search reaches."""

from __future__ import annotations

from hypothesis import given, settings

from tests.explore.programs import Do, Machine, Program, exhaustive, explore, programs
from tocsin.explore.schedulers.dpor import Dpor
from tocsin.explore.schedulers.preempt import Preempt
from tocsin.explore.schedulers.random import RandomWalk
from tocsin.explore.schedulers.replay import Follow
from tocsin.explore.schedulers.serial import Serial
from tocsin.explore.trace import preemptions, schedule_of

INCREMENT = (Do("read", "x"), Do("write", "x"))
LOST_UPDATE: Program = (("A", INCREMENT), ("B", INCREMENT))
LOCKED = (Do("lock", "y"), *INCREMENT, Do("unlock", "y"))


def tasks(program: Program) -> tuple[str, ...]:
    return tuple(name for name, _ in program)


@settings(max_examples=25, deadline=None)
@given(programs(most=3, locks=True))
def test_dpor_reaches_the_outcomes_of_exhaustive_search(program: Program) -> None:
    assert explore(program, Dpor(tasks(program)))[0] == exhaustive(program)[0]


@settings(max_examples=25, deadline=None)
@given(programs(tasks=3, most=2, locks=True))
def test_dpor_with_three_tasks(program: Program) -> None:
    assert explore(program, Dpor(tasks(program)))[0] == exhaustive(program)[0]


@settings(max_examples=25, deadline=None)
@given(programs(most=3, locks=True))
def test_unbounded_preemption_reaches_the_outcomes_of_exhaustive_search(program: Program) -> None:
    assert explore(program, Preempt(tasks(program), None))[0] == exhaustive(program)[0]


@settings(max_examples=25, deadline=None)
@given(programs(tasks=3, most=2))
def test_unbounded_preemption_with_three_tasks(program: Program) -> None:
    assert explore(program, Preempt(tasks(program), None))[0] == exhaustive(program)[0]


@settings(max_examples=100, deadline=None)
@given(programs(most=3, locks=True))
def test_a_schedule_gives_its_history_again(program: Program) -> None:
    search = Preempt(tasks(program))
    while (strategy := search.next()) is not None:
        trace, outcome = Machine(program).run(strategy)
        search.learn(trace)
        again, same = Machine(program).run(Follow(schedule_of(trace)))
        assert (again, same) == (trace, outcome)


@settings(max_examples=25, deadline=None)
@given(programs())
def test_the_bound_is_kept(program: Program) -> None:
    search = Preempt(tasks(program), 1)
    while (strategy := search.next()) is not None:
        trace, _ = Machine(program).run(strategy)
        search.learn(trace)
        assert preemptions(trace) <= 1


def test_one_preemption_finds_the_lost_update() -> None:
    outcomes, runs = explore(LOST_UPDATE, Preempt(("A", "B"), 1))
    assert any(dict(cells)["x"] == 1 for (cells, _), _ in outcomes)
    assert runs <= 6


def test_serial_orders_do_not() -> None:
    outcomes, runs = explore(LOST_UPDATE, Serial(("A", "B"), ("B", "A")))
    assert {dict(cells)["x"] for (cells, _), _ in outcomes} == {2}
    assert runs == 2


def test_locked_tasks_have_serial_outcomes_only() -> None:
    program = (("A", LOCKED), ("B", LOCKED))
    serial, _ = explore(program, Serial(("A", "B"), ("B", "A")))
    assert explore(program, Dpor(("A", "B")))[0] == serial


def test_reduction_pays() -> None:
    program = tuple(
        (name, (Do("write", cell), Do("read", cell), Do("write", cell), Do("read", cell)))
        for name, cell in (("A", "x"), ("B", "y"))
    )
    assert explore(program, Dpor(("A", "B")))[1] <= 12
    assert exhaustive(program)[1] > 200


def test_random_walks_repeat() -> None:
    assert explore(LOST_UPDATE, RandomWalk(20, 7)) == explore(LOST_UPDATE, RandomWalk(20, 7))
