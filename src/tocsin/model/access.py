"""One read or write of one thing."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """Whether an access looks or changes."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Item:
    """What is accessed: a table's rows, a file, an in-memory name.

    ``store`` names the resource (``postgresql:shop``, ``file``, ``memory``), ``name`` the table,
    path or variable; ``None`` stands for *anything in the store* (a statement that could not be
    read). ``where`` narrows a table to the rows in which each column holds one of the values;
    empty means every row.
    """

    store: str
    name: str | None
    where: tuple[tuple[str, frozenset[Hashable]], ...] = ()

    def overlaps(self, other: Item) -> bool:
        """Whether some thing may belong to both: never ``False`` by guess, only by proof."""
        if self.store != other.store:
            return False
        if self.name is None or other.name is None:
            return True
        if self.name != other.name:
            return False
        mine = dict(self.where)
        return not any(
            column in mine and mine[column].isdisjoint(values) for column, values in other.where
        )

    def __str__(self) -> str:
        if not self.where:
            return self.name or f"{self.store} (anything)"
        rows = ", ".join(
            f"{column}={'|'.join(sorted(map(repr, values)))}" for column, values in self.where
        )
        return f"{self.name}[{rows}]"


@dataclass(frozen=True, slots=True)
class Access:
    """A read or write of an item.

    ``verb`` is the field's word for it (``select``, ``insert``, ``update``, ``delete``, ``open``,
    ``exists``, …). ``locks`` is true for a read that takes a row lock (``FOR UPDATE``/``SHARE``).
    """

    item: Item
    mode: Mode
    verb: str = ""
    locks: bool = False

    @property
    def writes(self) -> bool:
        return self.mode is Mode.WRITE

    def conflicts(self, other: Access) -> bool:
        """Two accesses conflict when they may touch one thing and at least one writes it."""
        return (self.writes or other.writes) and self.item.overlaps(other.item)
