"""What a request touches when it runs alone, and which requests can get in each other's way.

The idea of skipping pairs that do not conflict is 2AD's (T. Warszawski and P. Bailis, *ACIDRain*,
SIGMOD 2017).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tocsin.model.access import Access, Item, Mode
from tocsin.model.history import History, OpKind
from tocsin.model.http import Request

_ENDS = frozenset({OpKind.COMMIT, OpKind.ROLLBACK})


@dataclass(frozen=True, slots=True)
class Footprint:
    """The accesses of one request, in order, each once; and how many operations it made."""

    accesses: tuple[Access, ...]
    operations: int

    @classmethod
    def of(cls, history: History, escapes: Iterable[str] = ()) -> Footprint:
        """``escapes`` names drivers that the request used past the instruments."""
        ops = [op for op in history.ops if op.kind not in _ENDS]
        accesses = dict.fromkeys(access for op in ops for access in op.accesses)
        unseen = [Access(Item(f"escaped:{driver}", None), Mode.WRITE) for driver in escapes]
        return cls((*accesses, *unseen), sum(1 for op in ops if op.accesses))

    @property
    def writes(self) -> bool:
        return any(access.writes for access in self.accesses)

    @property
    def memory(self) -> tuple[Access, ...]:
        return tuple(access for access in self.accesses if access.item.store == "memory")

    @property
    def files(self) -> bool:
        """Whether files are touched: unlike databases they are not copied for each process."""
        return any(access.item.store == "file" for access in self.accesses)

    def inserts_after_check(self) -> bool:
        """Whether something is inserted where it looked before: check-then-insert."""
        looked = {a.item.name for a in self.accesses if not a.writes}
        return any(a.verb == "insert" and a.item.name in looked for a in self.accesses)

    def writes_after_check(self) -> bool:
        """Whether something is written that was read before: read-check-write."""
        reads = [a for a in self.accesses if not a.writes]
        return any(a.writes and any(a.item.overlaps(r.item) for r in reads) for a in self.accesses)

    def conflicts(self, other: Footprint) -> frozenset[tuple[Access, Access]]:
        """Pairs of accesses that conflict, one of each footprint."""
        return frozenset((a, b) for a in self.accesses for b in other.accesses if a.conflicts(b))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A request that works, with its footprint. ``given`` ones are the user's own."""

    request: Request
    footprint: Footprint
    given: bool = False
