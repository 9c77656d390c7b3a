"""What a SQLite database says about its tables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from tocsin.explore.state.relations import Reference, closure
from tocsin.model.access import Item
from tocsin.model.table import Table

Querying = Callable[[str], "list[tuple[Any, ...]]"]
"""Runs a query and gives its rows."""

_REFUSING = frozenset({"NO ACTION", "RESTRICT"})
_GENERATED = frozenset({2, 3})
"""``table_xinfo``'s marks of a virtual and of a stored generated column."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """The tables of one version of a schema, and what ties them together.

    ``unclear`` are the tables and views whose use runs SQL of their own: triggers and views.
    """

    version: int
    tables: Mapping[str, Table]
    references: tuple[Reference, ...]
    unclear: frozenset[str]

    @classmethod
    def read(cls, query: Querying, version: int) -> Catalog:
        """Ask for everything once."""
        master = query("SELECT type, name, tbl_name FROM sqlite_master ORDER BY name")
        names = [name for kind, name, _ in master if kind == "table" and _is_users(name)]
        tables = {name: _table(query, name) for name in names}
        known = {name.lower(): name for name in names}
        return cls(
            version=version,
            tables=tables,
            references=tuple(
                Reference(name, known[row[2].lower()], acts=not {row[5], row[6]} <= _REFUSING)
                for name in names
                for row in query(f"PRAGMA foreign_key_list({quoted(name)})")
                if row[2].lower() in known
            ),
            unclear=frozenset(
                (table if kind == "trigger" else name).lower()
                for kind, name, table in master
                if kind in {"trigger", "view"}
            ),
        )

    def related(self, table: str) -> frozenset[str]:
        """See `State.related`; everything if a trigger or a view is reached."""
        name = self._known(table)
        if name is None:
            return frozenset(self.tables) if _bare(table) in self.unclear else frozenset()
        reached = closure(name, self.references)
        if any(one.lower() in self.unclear for one in {name, *reached}):
            return frozenset(self.tables) - {name}
        return reached

    def reach(self, touched: Collection[Item]) -> list[str]:
        """The names of all tables that were touched or are related to one that was."""
        names: set[str] = set()
        for item in touched:
            if item.name is None:
                return sorted(self.tables)
            known = self._known(item.name)
            names |= self.related(item.name) | ({known} if known else set())
        return sorted(names)

    def _known(self, name: str) -> str | None:
        if name in self.tables:
            return name
        return next((one for one in self.tables if one.lower() == _bare(name)), None)


def quoted(name: str) -> str:
    """An identifier as SQL."""
    return '"' + name.replace('"', '""') + '"'


def _bare(name: str) -> str:
    return name.lower().removeprefix("main.")


def _is_users(name: str) -> bool:
    return not name.startswith("sqlite_")


def _table(query: Querying, name: str) -> Table:
    # table_xinfo's columns: cid, name, type, notnull, default, place in the key, hidden
    columns = query(f"PRAGMA table_xinfo({quoted(name)})")
    key = tuple(row[1] for row in sorted(columns, key=lambda row: row[5]) if row[5])
    counts_rows = len(key) == 1 and any(
        row[1] == key[0] and row[2].upper() == "INTEGER" for row in columns
    )
    generated = tuple(row[1] for row in columns if row[6] in _GENERATED)
    return Table(
        name=name,
        columns=tuple(row[1] for row in columns),
        key=key,
        generated=(key if counts_rows else ()) + generated,
        references=_references(query, name),
        unique=tuple(
            tuple(part[2] for part in query(f"PRAGMA index_info({quoted(row[1])})"))
            for row in query(f"PRAGMA index_list({quoted(name)})")
            if row[2] and not row[4] and row[3] != "pk"  # unique, whole table
        ),
    )


def _references(query: Querying, name: str) -> tuple[tuple[str, tuple[str, str]], ...]:
    found = []
    for row in query(f"PRAGMA foreign_key_list({quoted(name)})"):
        parent, column, target = row[2], row[3], row[4]
        if target is None:  # a key that names no column means the parent's primary key
            info = query(f"PRAGMA table_info({quoted(parent)})")
            keys = [one[1] for one in sorted(info, key=lambda one: one[5]) if one[5]]
            target = keys[row[1]] if row[1] < len(keys) else ""
        found.append((column, (parent, target)))
    return tuple(sorted(found))
