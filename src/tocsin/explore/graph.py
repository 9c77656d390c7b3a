"""The dependency graph over transactions, and the check, the change between, and the use.

Edges as in A. Adya, *Weak Consistency* (MIT, 1999): ``ww`` one overwrote the other, ``wr`` one
read what the other wrote, ``rw`` one overwrote what the other had read. A write counts for other
transactions from its commit on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.model.anomaly import Edge, Phenomenon
from tocsin.model.history import History, Op, OpKind

_ENDS = frozenset({OpKind.COMMIT, OpKind.ROLLBACK})


@dataclass(frozen=True, slots=True)
class Window:
    """A check, the other task's write that made its answer untrue, and the use that trusted it."""

    check: Op
    between: Op
    use: Op


class Dependencies:
    """What depends on what in one history."""

    def __init__(self, history: History) -> None:
        self._ops = [op for op in history.ops if op.kind not in _ENDS and op.accesses]
        self._visible: dict[tuple[str | None, str], int] = {
            (op.transaction, op.store): op.index
            for op in history.ops
            if op.kind is OpKind.COMMIT and op.transaction
        }
        self._undone = {
            (op.transaction, op.store)
            for op in history.ops
            if op.kind is OpKind.ROLLBACK and op.transaction
        }

    def visible(self, write: Op) -> int | None:
        """When others can see a write: its commit's index; ``None`` if it was rolled back."""
        key = (write.transaction, write.store)
        if key in self._undone and key not in self._visible:
            return None
        return self._visible.get(key, write.index)

    def edges(self) -> tuple[Edge, ...]:
        """Every dependency between transactions of different tasks, once."""
        found = dict.fromkeys(
            edge
            for index, first in enumerate(self._ops)
            for second in self._ops[index + 1 :]
            if first.task != second.task
            for edge in self._between(first, second)
        )
        return tuple(found)

    def _between(self, first: Op, second: Op) -> Iterator[Edge]:
        for a in first.accesses:
            for b in second.accesses:
                if not a.conflicts(b) or a.verb == b.verb == "insert":
                    # An insert overwrites nothing.
                    continue
                earlier, later, kind = (
                    first,
                    second,
                    ("w" if a.writes else "r") + ("w" if b.writes else "r"),
                )
                if kind == "wr" and (self.visible(first) or first.index) > second.index:
                    earlier, later, kind = second, first, "rw"
                yield Edge(_unit(earlier), _unit(later), kind, b.item.name or b.item.store)

    def windows(self, victim: str) -> list[Window]:
        """Every check of the victim that another task made untrue before the victim's use of it.

        The most telling first: the use writes what the other wrote; the check is the last read.
        """
        own = [op for op in self._ops if op.task == victim]
        writes = [op for op in own if op.writes] or [op for op in own if op.reads][-1:]
        found = [
            Window(check, between, use)
            for between in self._ops
            if between.task != victim
            for seen in [self.visible(between)]
            if seen is not None
            for check in own
            if check.index < seen and _trusts(check, between)
            for use in [self._use(check, seen, writes)]
            if use is not None and use is not check
        ]
        return sorted(found, key=_telling)

    def _use(self, check: Op, seen: int, writes: list[Op]) -> Op | None:
        """The first write after the change could be seen.

        Else the first that others see after it, if it is of what was checked: both had written
        before one of them committed, as two inserts may.
        """
        after = [op for op in writes if op.index > check.index]
        for op in after:
            if op.index > seen:
                return op
        looked = {(a.item.store, a.item.name) for a in check.accesses if not a.writes}
        for op in after:
            written = {(a.item.store, a.item.name) for a in op.accesses if a.writes}
            if written & looked and (self.visible(op) or op.index) > seen:
                return op
        return None


def _trusts(check: Op, between: Op) -> bool:
    """Whether the check read something that the other op writes."""
    return any(
        not mine.writes and other.writes and mine.item.overlaps(other.item)
        for mine in check.accesses
        for other in between.accesses
    )


def _telling(window: Window) -> tuple[bool, bool, int, int]:
    return (
        not window.use.conflicts(window.between),
        window.check.writes,
        -window.check.index,
        window.use.index,
    )


def _unit(op: Op) -> str:
    return op.transaction or op.task


def phenomenon(edges: tuple[Edge, ...], history: History) -> Phenomenon:
    """The name of the cycle, if the edges have one between two tasks."""
    if any(op.error and "deadlock" in op.error.lower() for op in history.ops):
        return Phenomenon.DEADLOCK

    def task(unit: str) -> str:
        return unit.split(".", maxsplit=1)[0]

    pairs = [(task(e.earlier), task(e.later), e) for e in edges]
    cycles = [
        (edge, [e for a, b, e in pairs if (a, b) == (later, earlier)])
        for earlier, later, edge in pairs
        if edge.kind == "rw"
    ]
    if any(e.kind == "ww" and e.item == edge.item for edge, back in cycles for e in back):
        return Phenomenon.LOST_UPDATE
    for edge, back in cycles:
        kinds = {e.kind for e in back}
        if "rw" in kinds:
            return Phenomenon.PHANTOM if _inserted(history, edge.item) else Phenomenon.WRITE_SKEW
        if "wr" in kinds:
            return Phenomenon.READ_SKEW
        if kinds:
            return Phenomenon.LOST_UPDATE
    return Phenomenon.UNKNOWN


def _inserted(history: History, item: str) -> bool:
    """Whether rows were added to what was read: the reader met a predicate, not a row."""
    return any(
        access.verb == "insert" and access.item.name == item
        for op in history.ops
        for access in op.accesses
    )
