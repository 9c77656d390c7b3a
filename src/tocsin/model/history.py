"""What happened, in the order in which it happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from tocsin.model.access import Access
from tocsin.model.location import Location


class OpKind(StrEnum):
    """The sorts of operation a history is made of."""

    START = "start"
    STATEMENT = "statement"
    COMMAND = "command"
    BEGIN = "begin"
    COMMIT = "commit"
    ROLLBACK = "rollback"
    FILE = "file"
    MEMORY = "memory"
    AWAIT = "await"
    LOCK = "lock"
    SLEEP = "sleep"
    RESPOND = "respond"
    FINISH = "finish"


@dataclass(frozen=True, slots=True)
class Op:
    """One operation of one task.

    ``index`` is its place in the history (in order of *completion*), ``task`` the request's name,
    ``label`` text that is the same in every run (SQL without its values), ``detail`` the text with
    its values, ``transaction`` the unit it belongs to (``"A.2"``),
    ``isolation`` the level at which its plain reads see what their transaction's first one saw,
    ``rows`` the row count the database answered, ``waited`` whether it had to wait for another
    task, ``error`` the class and message of the exception it raised. ``held_loop``: it ran in the
    event loop without an await, so that only another process could run meanwhile.
    """

    index: int
    task: str
    kind: OpKind
    label: str
    accesses: tuple[Access, ...] = ()
    location: Location | None = None
    transaction: str | None = None
    detail: str = ""
    store: str = ""
    isolation: str = ""
    rows: int | None = None
    waited: bool = False
    held_loop: bool = False
    error: str | None = None

    @property
    def reads(self) -> bool:
        return any(not access.writes for access in self.accesses)

    @property
    def writes(self) -> bool:
        return any(access.writes for access in self.accesses)

    def conflicts(self, other: Op) -> bool:
        return any(a.conflicts(b) for a in self.accesses for b in other.accesses)


@dataclass(frozen=True, slots=True)
class History:
    """The operations of one run, in execution order, and the schedule that gave it."""

    ops: tuple[Op, ...]

    def of(self, task: str) -> Iterator[Op]:
        return (op for op in self.ops if op.task == task)

    def finished(self, task: str) -> int | None:
        """The index at which the task's response was complete, or ``None``."""
        done = [op.index for op in self.of(task) if op.kind is OpKind.RESPOND]
        return done[-1] if done else None
