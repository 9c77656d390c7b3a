"""When no schedule can matter: two requests that meet in one read.

A history that no serial order explains has a cycle in its dependency graph (A. Adya, *Weak
Consistency*, MIT 1999), and between two requests a cycle takes two dependencies. Where all that one
of them touches of the other's is what a single operation reads, and the other changes that in a
single transaction, there is one dependency, whichever way it points: every schedule ends like one
of the two serial orders. What that says of stale checks is said at `Meeting`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import permutations

from tocsin.explore.oracle import first_effect
from tocsin.explore.schedulers.replay import Follow
from tocsin.explore.trace import Trace
from tocsin.model.access import Access
from tocsin.model.history import History, Op, OpKind
from tocsin.model.schedule import Mark, Schedule, Segment

_DATABASES = ("sqlite:", "postgresql:")
_ENDS = frozenset({OpKind.COMMIT, OpKind.ROLLBACK})
_FORESEEN = _ENDS | {
    *(OpKind.START, OpKind.BEGIN, OpKind.STATEMENT),
    *(OpKind.AWAIT, OpKind.RESPOND, OpKind.FINISH),
}
"""Locks of the process, files and memory have ways of their own to get in each other's way."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """``reader`` reads once what ``writer`` changes, and that is all they share.

    ``at_use``: that read is what the reader's interval begins with, so that a writer which was over
    before is a writer whose change was read. Otherwise the serial outcomes must be equal, and then
    either order explains every schedule.
    """

    reader: str
    writer: str
    at_use: bool


def meeting(histories: Collection[History], tasks: tuple[str, ...]) -> Meeting | None:
    """How two requests meet, if it is in one read; ``histories`` are those of both serial orders.

    What a request does depends on what it reads, and it can read nothing that it does not read in
    one of the two: so these show all that either can do.
    """
    if len(tasks) != 2 or any(op.kind not in _FORESEEN for h in histories for op in h.ops):
        return None
    for reader, writer in permutations(tasks):
        found = [_read_once(history, histories, reader, writer) for history in histories]
        if all(op is not None for op in found):
            at_use = all(
                _begins_with(history, op) for history, op in zip(histories, found, strict=True)
            )
            return Meeting(reader, writer, at_use)
    return None


def _read_once(
    history: History, histories: Collection[History], reader: str, writer: str
) -> Op | None:
    """The operation in which the reader reads what the writer writes, if it is the only one."""
    theirs = {access for each in histories for op in _data(each, writer) for access in op.accesses}
    met = [(op, access) for op in _data(history, reader) for access in _met(op, theirs)]
    mine = {access for _, access in met}
    changed = {op.transaction for op in _data(history, writer) if any(_met(op, mine))}
    plain = all(
        not access.writes and not access.locks and access.item.store.startswith(_DATABASES)
        for access in mine
    )
    once = len({op.index for op, _ in met}) == 1 and len(changed) <= 1 and None not in changed
    return met[0][0] if plain and once else None


def _data(history: History, task: str) -> Iterator[Op]:
    return (op for op in history.of(task) if op.kind not in _ENDS)


def _met(op: Op, others: Collection[Access]) -> Iterator[Access]:
    for access in op.accesses:
        for other in others:
            if access.conflicts(other) or (
                access.locks and other.locks and access.item.overlaps(other.item)
            ):
                yield access
                break


def _begins_with(history: History, op: Op | None) -> bool:
    """Whether an operation is the task's use, and sees what is there when it runs."""
    if op is None or first_effect(history, op.task) != op.index:
        return False
    earlier = (o for o in history.of(op.task) if o.index < op.index and o.accesses)
    return all(o.transaction != op.transaction for o in earlier)


class Probes:
    """Each is left once right before its commit, to see that locks are waited for.

    Databases may refuse what no dependency forbids (a busy SQLite file, a serialization failure).
    """

    def __init__(self, serial: Collection[Trace], tasks: tuple[str, ...]) -> None:
        self._left = [
            Schedule((Segment(task, mark), *map(Segment, (*_without(tasks, task), task))))
            for task in tasks
            for trace in serial
            if trace and trace[0].task == task
            for mark in [_last_commit(trace, task)]
            if mark is not None
        ]
        if len(self._left) < len(tasks):
            # Who only reads takes no lock.
            self._left = []

    def next(self) -> Follow | None:
        return Follow(self._left.pop(0)) if self._left else None

    def learn(self, trace: Trace) -> None:
        """Nothing to learn."""

    def bound(self) -> str:
        return "every schedule, as the two meet in one read only"


def _last_commit(trace: Trace, task: str) -> Mark | None:
    marks = [
        step.point.mark
        for step in trace
        if step.task == task and step.point.kind is OpKind.COMMIT and step.point.writes
    ]
    return marks[-1] if marks else None


def _without(tasks: tuple[str, ...], task: str) -> tuple[str, ...]:
    return tuple(name for name in tasks if name != task)
