"""What a mapped class says of its table: columns, keys, constraints, versions, relations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Relation:
    """An attribute that leads to another model: ``column`` there holds this row's key.

    With ``own`` the column is in this table (a foreign key) and the attribute gives one row;
    ``single`` relations give one row at either end, ``many`` a list of rows that are loaded.
    """

    name: str
    target: str
    column: str
    own: bool = False
    single: bool = False
    many: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A mapped class. ``name`` is its qualified name, ``table`` what is written and read.

    ``unique`` are the column sets that the database keeps unique, the primary key among them,
    ``excluded`` those that no two rows may have alike in another sense, as times that overlap;
    ``version`` is the column that the mapper compares when it writes; ``checked`` are columns in
    a CHECK constraint; ``stamps`` are set by the mapper whenever a row is saved. ``kind`` names the
    library; ``path`` is the file that defines it, empty where it is not the project's own.
    """

    name: str
    table: str
    kind: str
    columns: frozenset[str] = frozenset()
    primary: tuple[str, ...] = ("id",)
    unique: tuple[frozenset[str], ...] = ()
    excluded: tuple[frozenset[str], ...] = ()
    version: str = ""
    checked: frozenset[str] = frozenset()
    relations: tuple[Relation, ...] = ()
    stamps: frozenset[str] = frozenset()
    path: str = ""

    def unique_within(self, columns: Iterable[str]) -> frozenset[str] | None:
        """A set of columns that the database keeps unique, all of them among ``columns``."""
        given = {self.plain(each) for each in columns}
        candidates = (*self.unique, frozenset(self.primary))
        return next((each for each in candidates if {*map(self.plain, each)} <= given), None)

    def plain(self, column: str) -> str:
        """One name for ``pk`` and the key's own, for ``owner_id`` and ``owner``."""
        if column == "pk":
            return self.primary[0]
        if f"{column}_id" in self.columns and column not in self.columns:
            return f"{column}_id" if self.relation(column) is not None else column
        stem = column.removesuffix("_id")
        return stem if stem in self.columns and column not in self.columns else column

    def relation(self, name: str) -> Relation | None:
        return next((each for each in self.relations if each.name == name), None)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)
