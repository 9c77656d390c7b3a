"""The names of wrong histories.

Database names follow A. Adya, *Weak Consistency* (MIT, 1999) and Berenson et al., *A Critique of
ANSI SQL Isolation Levels* (SIGMOD 1995); HTTP-level names are what a tester would say.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tocsin.model.location import Location


class Phenomenon(StrEnum):
    """What the dependency graph over transactions shows."""

    LOST_UPDATE = "lost update"
    WRITE_SKEW = "write skew"
    PHANTOM = "phantom"
    READ_SKEW = "read skew"
    DIRTY_READ = "dirty read"
    DEADLOCK = "deadlock"
    UNKNOWN = "non-serializable"


class Name(StrEnum):
    """What it means to the people whose API it is."""

    LOST_UPDATE = "lost update"
    LIMIT_OVERRUN = "limit overrun"
    DOUBLE_SUBMIT = "double submit"
    DUPLICATE_CREATE = "duplicate create"
    STALE_AUTHORIZATION = "stale authorization"
    STALE_CHECK = "stale check"
    WRITE_SKEW = "write skew"
    READ_SKEW = "read skew"
    CRASH = "crash under concurrency"
    DEADLOCK = "deadlock"
    INVARIANT = "invariant violated"


@dataclass(frozen=True, slots=True)
class Edge:
    """``later`` depends on ``earlier``: ``kind`` is ``ww``, ``wr`` or ``rw``, through ``item``."""

    earlier: str
    later: str
    kind: str
    item: str


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A wrong history, explained as data: words are made from it by the reports.

    ``check`` and ``use`` are history indexes of the read that was trusted and the access that
    trusted it, in task ``victim``; ``between`` is the index of the other task's access that made
    the answer untrue.
    """

    name: Name
    phenomenon: Phenomenon
    victim: str
    other: str
    check: int | None
    between: int | None
    use: int | None
    edges: tuple[Edge, ...] = ()
    needs_free_threading: bool = False
    needs_processes: bool = False
    check_at: Location | None = None
    use_at: Location | None = None
    explanation: str = ""
