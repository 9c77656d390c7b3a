"""The tables of a MySQL or MariaDB database, from its information schema.

Names of tables and columns are in small letters where statements are compared with them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tocsin.explore.state.mysql_line import Line, identifier
from tocsin.explore.state.relations import Reference, closure
from tocsin.model.access import Item
from tocsin.model.table import Table

_TABLES = (
    "SELECT table_name AS name, table_type AS kind, auto_increment AS counter"
    " FROM information_schema.tables WHERE table_schema = DATABASE()"
)
_COLUMNS = (
    "SELECT table_name AS owner, column_name AS name, data_type AS type, LOWER(extra) AS extra"
    " FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY ordinal_position"
)
_UNIQUE = (
    "SELECT table_name AS owner, index_name AS name, column_name AS part, sub_part AS prefix"
    " FROM information_schema.statistics WHERE table_schema = DATABASE() AND non_unique = 0"
    " ORDER BY index_name, seq_in_index"
)
_FOREIGN = (
    "SELECT k.table_name AS child, k.column_name AS part, k.referenced_table_name AS parent,"
    " k.referenced_column_name AS target, r.update_rule AS updated, r.delete_rule AS deleted"
    " FROM information_schema.key_column_usage k"
    " JOIN information_schema.referential_constraints r"
    " ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name"
    " AND r.table_name = k.table_name"
    " WHERE k.table_schema = DATABASE() AND k.referenced_table_schema = DATABASE()"
)
_TRIGGERS = (
    "SELECT trigger_name AS name, event_object_table AS owner"
    " FROM information_schema.triggers WHERE trigger_schema = DATABASE()"
)
_TEXT = frozenset({"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"})
_REFUSES = frozenset({"RESTRICT", "NO ACTION"})


@dataclass(frozen=True, slots=True)
class Relation:
    """A table with all that is needed to save and restore it.

    ``plain`` are the columns that can be written, ``text`` those of them in which letters may
    differ and count as equal, ``bare`` the name as it was given, ``counter`` the next number of
    its AUTO_INCREMENT column, ``hooks`` its triggers.
    """

    table: Table
    bare: str
    plain: tuple[str, ...]
    text: frozenset[str]
    counter: int | None
    hooks: tuple[str, ...]

    @property
    def sql(self) -> str:
        return identifier(self.bare)

    @property
    def keyed(self) -> bool:
        """Whether rows can be found again by a key that can be written."""
        written = {name.lower() for name in self.plain}
        return bool(self.table.key) and set(self.table.key) <= written


@dataclass(frozen=True, slots=True)
class Catalog:
    """All tables by name."""

    relations: Mapping[str, Relation]
    references: tuple[Reference, ...]
    views: frozenset[str]
    sequences: tuple[str, ...]

    @classmethod
    def read(cls, line: Line) -> Catalog:
        """Ask for everything; the line must be connected to the database."""
        all_of = line.rows(_TABLES)
        columns = _grouped(line.rows(_COLUMNS))
        unique = _grouped(line.rows(_UNIQUE))
        triggers = _grouped(line.rows(_TRIGGERS))
        foreign = line.rows(_FOREIGN)
        held = [one for one in all_of if one["kind"] in {"BASE TABLE", "SYSTEM VERSIONED"}]
        relations = (
            _relation(
                one,
                columns.get(one["name"], []),
                unique.get(one["name"], []),
                [key for key in foreign if key["child"] == one["name"]],
                triggers.get(one["name"], []),
            )
            for one in held
        )
        return cls(
            {relation.table.name: relation for relation in relations},
            tuple(dict.fromkeys(_reference(key) for key in foreign)),
            frozenset(one["name"].lower() for one in all_of if one["kind"] == "VIEW"),
            tuple(one["name"] for one in all_of if one["kind"] == "SEQUENCE"),
        )

    @property
    def tables(self) -> Mapping[str, Table]:
        return {name: relation.table for name, relation in self.relations.items()}

    @property
    def hooked(self) -> bool:
        """Whether a write to one table may run SQL of the user's that writes to any other."""
        return any(relation.hooks for relation in self.relations.values())

    def find(self, name: str) -> str | None:
        """The table that a statement calls ``name``; ``None`` for what is no table here."""
        last = name.rpartition(".")[2].lower()
        return last if last in self.relations else None

    def related(self, table: str) -> frozenset[str]:
        """See `State.related`; everything if there are triggers, or for a view."""
        name = self.find(table)
        if name is None:
            is_view = table.rpartition(".")[2].lower() in self.views
            return frozenset(self.relations) if is_view else frozenset()
        if self.hooked:
            return frozenset(self.relations) - {name}
        return closure(name, self.references)

    def reach(self, touched: Collection[Item], *, wary: bool) -> list[str]:
        """The tables touched or related to one that was, sorted.

        ``wary`` takes a name that is no table here (a temporary table) for *anything*.
        """
        names: set[str] = set()
        for item in touched:
            name = None if item.name is None else self.find(item.name)
            if item.name is None or (name is None and wary):
                return sorted(self.relations)
            names |= self.related(item.name) | ({name} if name else set())
        return sorted(names)


def _grouped(rows: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["owner"], []).append(row)
    return found


def _reference(key: Mapping[str, Any]) -> Reference:
    acts = not {key["updated"], key["deleted"]} <= _REFUSES
    return Reference(key["child"].lower(), key["parent"].lower(), acts)


def _relation(
    one: Mapping[str, Any],
    columns: list[dict[str, Any]],
    unique: list[dict[str, Any]],
    foreign: list[dict[str, Any]],
    triggers: list[dict[str, Any]],
) -> Relation:
    computed = {each["name"] for each in columns if "generated" in each["extra"]}
    keys: dict[str, tuple[str, ...]] = {}
    for part in unique:
        # Where only the beginning of a column, or an expression, must be unique, any row may be.
        plain = part["part"] is not None and part["prefix"] is None
        known = keys.get(part["name"], ())
        keys[part["name"]] = (*known, part["part"].lower()) if plain else known
    return Relation(
        table=Table(
            name=one["name"].lower(),
            columns=tuple(each["name"].lower() for each in columns),
            key=keys.get("PRIMARY", ()),
            generated=tuple(
                each["name"].lower()
                for each in columns
                if each["name"] in computed or "auto_increment" in each["extra"]
            ),
            references=tuple(
                (key["part"].lower(), (key["parent"].lower(), key["target"].lower()))
                for key in foreign
            ),
            unique=tuple(parts for name, parts in keys.items() if name != "PRIMARY"),
        ),
        bare=one["name"],
        plain=tuple(each["name"] for each in columns if each["name"] not in computed),
        text=frozenset(each["name"] for each in columns if each["type"] in _TEXT),
        counter=one["counter"],
        hooks=tuple(each["name"] for each in triggers),
    )
