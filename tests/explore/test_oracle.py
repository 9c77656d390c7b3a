"""The oracle agrees with brute force, and each of its judgements in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, permutations

from hypothesis import given, settings

from tests.explore.histories import history
from tests.explore.programs import Machine, Program, programs
from tocsin.explore.oracle import Judgement, first_effect, judge, orders, precedences
from tocsin.explore.trace import Point, Trace
from tocsin.model.finding import Outcome
from tocsin.model.history import History, Op, OpKind


@dataclass
class Interleaving:
    """Lets tasks go in a given order, after all have started."""

    left: list[str]

    def choose(self, ready: dict[str, Point], last: str | None) -> str:
        starting = [name for name, point in ready.items() if point.kind is OpKind.START]
        return min(starting) if starting else self.left.pop(0)


def interleavings(program: Program) -> set[tuple[str, ...]]:
    steps = [name for name, ops in program for _ in ops]
    return set(permutations(steps))


def ran(program: Program, order: Sequence[str]) -> tuple[Outcome, History]:
    """Run a program's operations in an order of tasks."""
    trace, result = Machine(program).run(Interleaving(list(order)))
    assert isinstance(result, tuple)
    cells, registers = result
    return _outcome(program, cells, registers), _history(program, trace)


def _outcome(
    program: Program, cells: tuple[tuple[str, int], ...], registers: tuple[tuple[str, int], ...]
) -> Outcome:
    """A task that only looked was turned away: it answers 409."""
    writers = {name for name, ops in program if any(do.verb == "write" for do in ops)}
    answers = ((name, 200 if name in writers else 409, str(value)) for name, value in registers)
    return Outcome(tuple(answers), tuple((cell, str(value)) for cell, value in cells))


def _history(program: Program, trace: Trace) -> History:
    left = {name: len(ops) for name, ops in program}
    ops: list[Op] = []
    for step in trace:
        if step.point.kind is not OpKind.STATEMENT:
            continue
        accesses = step.point.accesses
        ops.append(Op(len(ops), step.task, OpKind.STATEMENT, step.point.label, accesses))
        left[step.task] -= 1
        if left[step.task] == 0:
            ops.append(Op(len(ops), step.task, OpKind.FINISH, "finish"))
    return History(tuple(ops))


def serially(program: Program, order: Sequence[str]) -> Outcome:
    """What the tasks of an order give one after the other; the others did not happen."""
    taking_part = tuple((name, ops) for name, ops in program if name in order)
    lengths = {name: len(ops) for name, ops in program}
    steps = [name for name in order for _ in range(lengths[name])]
    return ran(taking_part, steps)[0]


def refused(outcome: Outcome) -> frozenset[str]:
    return frozenset(name for name, status, _ in outcome.responses if status >= 400)


def brute_force(program: Program, order: Sequence[str], *, in_time: bool) -> bool:
    """Whether some serial order gives what an interleaving gave; the definition, word for word."""
    names = [name for name, _ in program]
    seen, _ = ran(program, order)
    for without in _subsets(sorted(refused(seen))):
        rest = [name for name in names if name not in without]
        expected = {name: answer for name, *answer in seen.responses if name in rest}
        for candidate in permutations(rest):
            alone = serially(program, candidate)
            same = alone.state == seen.state and expected == {n: a for n, *a in alone.responses}
            if same and (not in_time or _keeps_time(program, order, candidate)):
                return True
    return False


def _subsets(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for size in range(len(names) + 1):
        yield from combinations(names, size)


def _keeps_time(program: Program, order: Sequence[str], candidate: Sequence[str]) -> bool:
    """Nobody comes after a task that had its effect only when it was over already."""
    moments = {name: [at for at, task in enumerate(order) if task == name] for name, _ in program}
    uses = {}
    for name, ops in program:
        writes = [at for at, do in zip(moments[name], ops, strict=True) if do.verb == "write"]
        uses[name] = writes[0] if writes else moments[name][-1]
    return not any(moments[late][-1] < uses[early] for early, late in combinations(candidate, 2))


def judged(program: Program, order: Sequence[str]) -> Judgement:
    names = tuple(name for name, _ in program)
    outcome, told = ran(program, order)
    serial = {o: serially(program, o) for o in orders(names, refused(outcome))}
    return judge(outcome, serial, precedences(names, told)).judgement


def agree(program: Program) -> None:
    for order in interleavings(program):
        judgement = judged(program, order)
        assert (judgement is Judgement.EXPLAINED) == brute_force(program, order, in_time=True)
        assert (judgement is Judgement.NOT_SERIALIZABLE) != brute_force(
            program, order, in_time=False
        )


@settings(max_examples=60, deadline=None)
@given(programs(most=3))
def test_the_oracle_agrees_with_brute_force(program: Program) -> None:
    agree(program)


@settings(max_examples=20, deadline=None)
@given(programs(tasks=3, most=2))
def test_the_oracle_agrees_with_brute_force_on_three_tasks(program: Program) -> None:
    agree(program)


@settings(max_examples=60, deadline=None)
@given(programs(tasks=3, most=3))
def test_serial_runs_are_explained(program: Program) -> None:
    lengths = {name: len(ops) for name, ops in program}
    for order in permutations(lengths):
        steps = [name for name in order for _ in range(lengths[name])]
        assert judged(program, steps) is Judgement.EXPLAINED


def outcome(state: str, **answers: int) -> Outcome:
    return Outcome(
        tuple((name, status, "") for name, status in answers.items()), (("orders", state),)
    )


Serial = dict[tuple[str, ...], Outcome]
AB, BA = ("A", "B"), ("B", "A")
ONE_WINS: Serial = {AB: outcome("cancelled", A=200, B=409), BA: outcome("cancelled", A=409, B=200)}


def test_two_that_both_win_are_not_serializable() -> None:
    both = judge(outcome("cancelled", A=200, B=200), ONE_WINS, frozenset())
    assert both.judgement is Judgement.NOT_SERIALIZABLE


def test_an_outcome_of_another_order_is_explained_by_it() -> None:
    verdict = judge(outcome("cancelled", A=409, B=200), ONE_WINS, frozenset())
    assert verdict.judgement is Judgement.EXPLAINED
    assert verdict.by is not None
    assert verdict.by.order == BA


def test_the_right_outcome_at_the_wrong_time_is_stale() -> None:
    first_a = frozenset({("A", "B")})
    verdict = judge(outcome("cancelled", A=409, B=200), ONE_WINS, first_a)
    assert verdict.judgement is Judgement.STALE


def test_a_request_that_was_turned_away_need_not_have_happened() -> None:
    serial: Serial = {
        AB: outcome("2", A=200, B=200),
        BA: outcome("2", A=200, B=200),
        ("A",): outcome("1", A=200),
        ("B",): outcome("1", B=200),
    }
    busy = judge(outcome("1", A=200, B=409), serial, frozenset())
    assert busy.judgement is Judgement.EXPLAINED
    left_something = judge(outcome("2", A=200, B=409), serial, frozenset())
    assert left_something.judgement is Judgement.NOT_SERIALIZABLE


def test_a_request_that_failed_crashed() -> None:
    serial: Serial = {
        AB: outcome("2", A=200, B=200),
        BA: outcome("2", A=200, B=200),
        ("A",): outcome("1", A=200),
        ("B",): outcome("1", B=200),
    }
    assert judge(outcome("1", A=200, B=500), serial, frozenset()).judgement is Judgement.CRASHED


def test_a_failure_that_a_serial_order_has_too_is_explained() -> None:
    serial: Serial = {AB: outcome("1", A=200, B=500), BA: outcome("1", A=500, B=200)}
    assert judge(outcome("1", A=200, B=500), serial, frozenset()).judgement is Judgement.EXPLAINED


def test_orders_are_all_and_all_without_those_that_were_refused() -> None:
    assert orders(AB, frozenset()) == [AB, BA]
    assert orders(AB, frozenset("B")) == [AB, BA, ("A",)]
    assert set(orders(AB, frozenset("AB"))) == {AB, BA, ("A",), ("B",), ()}


def test_a_task_uses_what_it_trusted_at_its_first_write() -> None:
    assert first_effect(history("r(A,x) r(A,y) w(A,x) w(A,y) c(A)"), "A") == 2
    assert first_effect(history("r(A,x) r(A,y) c(A)"), "A") == 1
    assert first_effect(history("c(A)"), "A") is None


def test_who_was_over_before_the_use_of_another_precedes_it() -> None:
    told = history("r(A,x) w(B,x) c(B) f(B) w(A,y) c(A) f(A)")
    assert precedences(("A", "B"), told) == {("B", "A")}
    assert precedences(("A", "B"), history("r(A,x) w(B,x) w(A,y) f(B) f(A)")) == frozenset()


def test_in_a_snapshot_every_plain_read_looks_when_the_first_one_did() -> None:
    told = history("r(A,x) w(B,y) c(B) f(B) r(A,y) c(A) f(A)")
    latest = precedences(("A", "B"), told)
    ops = [replace(op, isolation="REPEATABLE READ" * (op.task == "A")) for op in told.ops]
    assert ("B", "A") in latest
    assert ("B", "A") not in precedences(("A", "B"), History(tuple(ops)))


def test_a_locking_read_sees_the_latest_in_a_snapshot_too() -> None:
    told = history("r(A,x) w(B,y) c(B) f(B) l(A,y) c(A) f(A)")
    ops = [replace(op, isolation="REPEATABLE READ" * (op.task == "A")) for op in told.ops]
    assert ("B", "A") in precedences(("A", "B"), History(tuple(ops)))


def test_the_next_transaction_has_a_snapshot_of_its_own() -> None:
    told = history("r(A,x) c(A) w(B,y) c(B) f(B) r(A,y) c(A) f(A)")
    ops = [replace(op, isolation="REPEATABLE READ" * (op.task == "A")) for op in told.ops]
    assert ("B", "A") in precedences(("A", "B"), History(tuple(ops)))
