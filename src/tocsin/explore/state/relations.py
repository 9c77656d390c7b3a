"""Which tables a write to one table may read or write too, worked out from foreign keys."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key from ``child`` to ``parent``.

    ``acts`` is true when a change of the parent changes the child (``CASCADE``, ``SET NULL``,
    ``SET DEFAULT``) instead of being refused.
    """

    child: str
    parent: str
    acts: bool


def closure(table: str, references: Collection[Reference]) -> frozenset[str]:
    """The tables that a write to ``table`` reaches, itself left out.

    A written table has its parents read (the key must exist) and its children read (they may
    refer to a row that goes); a child whose key *acts* is written as well, and so on from there.
    """
    reached = {table}
    written = [table]
    done: set[str] = set()
    while written:
        present = written.pop()
        if present in done:
            continue
        done.add(present)
        for reference in references:
            if reference.child == present:
                reached.add(reference.parent)
            if reference.parent == present:
                reached.add(reference.child)
                if reference.acts:
                    written.append(reference.child)
    return frozenset(reached - {table})
