"""Where two requests meet in one read, no schedule ends otherwise than the serial orders."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.explore.programs import Do, Machine, Program, exhaustive, operations, programs
from tocsin.explore.meeting import Meeting, meeting
from tocsin.explore.schedulers.replay import Follow
from tocsin.model.access import Access, Item, Mode
from tocsin.model.history import History, Op, OpKind
from tocsin.model.schedule import Schedule

STORE = "sqlite:shop.db"
CHECK = Do("read", "x")


def access(verb: str, table: str, *, locks: bool = False) -> Access:
    mode = Mode.READ if verb == "read" else Mode.WRITE
    return Access(Item(STORE, table), mode, verb, locks)


def history(*ops: tuple[str, str, str, str]) -> History:
    """``(task, verb, table, transaction)`` each; a verb that is ``commit`` has no table."""
    made = []
    for index, (task, verb, table, transaction) in enumerate(ops):
        kind = OpKind.COMMIT if verb == "commit" else OpKind.STATEMENT
        touched = () if verb == "commit" else (access(verb, table),)
        made.append(Op(index, task, kind, f"{verb} {table}", touched, transaction=transaction))
    return History(tuple(made))


def serial(program: Program) -> Iterator[tuple[History, object]]:
    """The histories of a program's serial orders, every operation a transaction of its own."""
    for order in permutations([name for name, _ in program]):
        ops = [(name, do.verb, do.cell) for name in order for do in dict(program)[name]]
        _, outcome = Machine(program).run(Follow(Schedule.serial(*order)))
        named = [(*op, f"{op[0]}.{index}") for index, op in enumerate(ops)]
        yield history(*named), outcome


@st.composite
def meeting_programs(draw: st.DrawFn) -> Program:
    """One task reads a cell that the other writes; most of these meet in that alone."""
    own = st.lists(st.builds(Do, st.just("read"), st.just("y")), max_size=2)
    after = st.lists(st.sampled_from([Do("write", "y"), Do("read", "y")]), max_size=2)
    reader = [*draw(own), CHECK, *draw(after)]
    writer = [*draw(st.lists(operations(("read",)), max_size=1)), Do("write", "x")]
    return ("A", tuple(reader)), ("B", tuple(writer))


@settings(max_examples=150, deadline=None)
@given(st.one_of(meeting_programs(), programs(most=3)))
def test_what_meets_in_one_read_holds_in_every_schedule(program: Program) -> None:
    runs = list(serial(program))
    met = meeting([found for found, _ in runs], ("A", "B"))
    commute = runs[0][1] == runs[1][1]
    event(f"meets: {met is not None}, decided: {met is not None and (met.at_use or commute)}")
    if met is not None and (met.at_use or commute):
        assert all(explained for _, explained in exhaustive(program)[0])


READS_THEN_WRITES = (("A", "read", "users", "A.1"), ("A", "write", "orders", "A.2"))
CHANGES = (("B", "write", "users", "B.1"), ("B", "commit", "", "B.1"))


def both(*ops: tuple[str, str, str, str]) -> Meeting | None:
    """How they meet if one history shows it all."""
    return meeting([history(*ops)], ("A", "B"))


def test_a_check_before_the_use_needs_orders_that_commute() -> None:
    assert both(*READS_THEN_WRITES, *CHANGES) == Meeting("A", "B", at_use=False)


def test_a_reader_that_ends_with_it_does_not() -> None:
    assert both(READS_THEN_WRITES[0], *CHANGES) == Meeting("A", "B", at_use=True)


def test_a_read_inside_a_longer_transaction_may_see_what_was_there_when_that_began() -> None:
    earlier = ("A", "read", "groups", "A.1")
    assert both(earlier, READS_THEN_WRITES[0], *CHANGES) == Meeting("A", "B", at_use=False)


def test_two_reads_may_disagree() -> None:
    again = ("A", "read", "users", "A.3")
    assert both(*READS_THEN_WRITES, again, *CHANGES) is None


def test_two_transactions_may_be_seen_in_between() -> None:
    assert both(*READS_THEN_WRITES, *CHANGES, ("B", "write", "users", "B.2")) is None


def test_two_changes_in_one_transaction_may_not() -> None:
    again = ("B", "write", "users", "B.1")
    assert both(*READS_THEN_WRITES, again, *CHANGES) is not None


def test_writers_of_one_thing_never_meet_in_a_read() -> None:
    assert both(*READS_THEN_WRITES, *CHANGES, ("B", "write", "orders", "B.1")) is None


def test_a_lock_is_no_plain_read() -> None:
    locking = access("read", "users", locks=True)
    ops = [Op(0, "A", OpKind.STATEMENT, "lock", (locking,), transaction="A.1")]
    ops += [Op(1, "B", OpKind.STATEMENT, "write", (access("write", "users"),), transaction="B.1")]
    assert meeting([History(tuple(ops))], ("A", "B")) is None


def test_memory_files_and_locks_of_the_process_are_not_spoken_of() -> None:
    for kind in (OpKind.MEMORY, OpKind.FILE, OpKind.LOCK):
        ops = (*history(*READS_THEN_WRITES, *CHANGES).ops, Op(9, "A", kind, "something"))
        assert meeting([History(ops)], ("A", "B")) is None


def test_three_requests_are_not_spoken_of() -> None:
    assert meeting([history(*READS_THEN_WRITES, *CHANGES)], ("A", "B", "C")) is None
