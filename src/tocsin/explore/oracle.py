"""Judges an outcome by the serial orders of the requests: one of them has to explain it.

Serializability as in Papadimitriou, *The Serializability of Concurrent Database Updates* (JACM
1979), over requests instead of transactions; real-time order as in strict serializability, with
each request's interval narrowed to begin at its first effect, because a check that was true once
does not excuse an effect that comes after the change was answered for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import permutations

from tocsin.model.finding import Outcome, SerialOutcome
from tocsin.model.history import History, Op, OpKind


class Judgement(Enum):
    """What the oracle says of one outcome.

    ``CRASHED``: explained but for tasks that failed with 5xx where no serial order fails.
    """

    EXPLAINED = auto()
    NOT_SERIALIZABLE = auto()
    STALE = auto()
    CRASHED = auto()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement, and the serial outcome that comes nearest (the one that explains it)."""

    judgement: Judgement
    by: SerialOutcome | None = None


def orders(tasks: Sequence[str], refused: frozenset[str]) -> list[tuple[str, ...]]:
    """Serial orders worth comparing with: all tasks, and all without some that were refused.

    A request that was turned away with a 4xx and left nothing behind need not have happened
    (an optimistic lock's 409, a conditional update that found nothing).
    """
    found = list(permutations(tasks))
    for task in sorted(refused):
        rest = [name for name in tasks if name != task]
        found += orders(rest, refused - {task})
    return list(dict.fromkeys(found))


def precedences(tasks: Sequence[str], history: History) -> frozenset[tuple[str, str]]:
    """Pairs ``(B, A)``: B was over before A's first effect (A only reads: before its last read)."""
    found = set()
    for first in tasks:
        over = next((op.index for op in history.of(first) if op.kind is OpKind.FINISH), None)
        for second in tasks:
            used = first_effect(history, second)
            if first != second and over is not None and used is not None and over < used:
                found.add((first, second))
    return frozenset(found)


def first_effect(history: History, task: str) -> int | None:
    """The index of a task's use: its first write, or its last look if it writes nothing."""
    writes = [op.index for op in history.of(task) if op.writes and op.kind not in _ENDS]
    if writes:
        return writes[0]
    reads = [op for op in history.of(task) if op.reads and op.kind not in _ENDS]
    return max((_looked(op, reads) for op in reads), default=None)


def _looked(read: Op, reads: Sequence[Op]) -> int:
    """When a read looked: in a snapshot, when the first one of its transaction did."""
    if not _in_snapshot(read):
        return read.index
    return next(op.index for op in reads if op.transaction == read.transaction and _in_snapshot(op))


def _in_snapshot(op: Op) -> bool:
    return bool(op.isolation) and not any(access.locks or access.writes for access in op.accesses)


_ENDS = frozenset({OpKind.COMMIT, OpKind.ROLLBACK})


def judge(
    outcome: Outcome,
    serial: Mapping[tuple[str, ...], Outcome],
    before: frozenset[tuple[str, str]],
) -> Verdict:
    """Compare an outcome with the serial outcomes.

    ``serial`` must hold every order of `orders`; ``before`` comes from `precedences`.
    """
    explaining = _explaining(outcome, serial, failures_count=False)
    for candidate in explaining:
        if _respects(candidate.order, before):
            return Verdict(Judgement.EXPLAINED, candidate)
    if explaining:
        return Verdict(Judgement.STALE, explaining[0])
    without_failed = _explaining(outcome, serial, failures_count=True)
    if without_failed:
        return Verdict(Judgement.CRASHED, without_failed[0])
    return Verdict(Judgement.NOT_SERIALIZABLE)


def _explaining(
    outcome: Outcome, serial: Mapping[tuple[str, ...], Outcome], *, failures_count: bool
) -> list[SerialOutcome]:
    limit = 600 if failures_count else 500
    return [
        SerialOutcome(order, expected)
        for order, expected in serial.items()
        if _explains(outcome, expected, limit)
    ]


def _explains(outcome: Outcome, expected: Outcome, limit: int) -> bool:
    """Same state, same answers of those that took part; the others were turned away.

    Being turned away is an answer from 400 to below ``limit``.
    """
    if outcome.state != expected.state:
        return False
    answers = {task: (status, body) for task, status, body in expected.responses}
    return all(
        answers[task] == (status, body) if task in answers else 400 <= status < limit
        for task, status, body in outcome.responses
    )


def _respects(order: tuple[str, ...], before: frozenset[tuple[str, str]]) -> bool:
    return all(
        order.index(first) < order.index(second)
        for first, second in before
        if first in order and second in order
    )
