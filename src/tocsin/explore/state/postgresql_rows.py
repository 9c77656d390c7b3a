"""The SQL that saves tables into a schema of tocsin's own and puts them back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tocsin.explore.state.libpq import Line, Refused, identifier, literal
from tocsin.explore.state.postgresql_catalog import Catalog, Relation, Sequence

_NO_SUCH_THING = frozenset({"42P01", "42703"})


@dataclass(frozen=True, slots=True)
class Position:
    """Where a sequence stands."""

    sequence: Sequence
    last: int
    called: bool

    @property
    def sql(self) -> str:
        """The expression that takes the sequence back there."""
        name = literal(self.sequence.sql)
        return f"setval({name}::regclass, {self.last}, {str(self.called).lower()})"


class WorldChanged(Exception):
    """A table that was saved is not there any more, or has other columns."""


def saved(relation: Relation, schema: str) -> str:
    """The name of a table's saved rows."""
    return identifier(schema, f"rows_{relation.oid}")


def save(relation: Relation, schema: str, *, lasting: bool) -> str:
    """Copy a table. ``lasting``: also past a crash of the server."""
    kept = "" if lasting else "UNLOGGED "
    copy = saved(relation, schema)
    sql = f"CREATE {kept}TABLE {copy} AS SELECT {_list(relation)} FROM ONLY {relation.sql};"
    if _keyed(relation):
        key = ", ".join(map(identifier, relation.table.key))
        sql += f"ALTER TABLE {copy} ADD PRIMARY KEY ({key});"
    return sql


def mend(relation: Relation, schema: str) -> tuple[str, str]:
    """The DELETE and the INSERT that put a table back, whatever happened to it.

    With a primary key only rows that differ are touched: row by row, compared byte by byte (types
    without an equality, such as ``json``, can be compared no other way). It needs foreign keys to
    be off, as a row that changed is deleted and inserted.
    """
    if not _keyed(relation):
        return refill(relation, schema)
    copy = saved(relation, schema)
    same = " AND ".join(f"t.{name} = s.{name}" for name in map(identifier, relation.table.key))
    mine, its = (_row(relation, letter) for letter in "ts")
    delete = (
        f"DELETE FROM ONLY {relation.sql} t WHERE NOT EXISTS"
        f" (SELECT FROM {copy} s WHERE {same} AND {mine} *= {its})"
    )
    insert = (
        f"INSERT INTO {relation.sql} ({_list(relation)}) OVERRIDING SYSTEM VALUE"
        f" SELECT {_list(relation, 's.')} FROM {copy} s"
        f" WHERE NOT EXISTS (SELECT FROM ONLY {relation.sql} t WHERE {same})"
    )
    return delete, insert


def refill(relation: Relation, schema: str) -> tuple[str, str]:
    """The same with all rows taken out and put in again."""
    insert = (
        f"INSERT INTO {relation.sql} ({_list(relation)}) OVERRIDING SYSTEM VALUE"
        f" SELECT {_list(relation)} FROM {saved(relation, schema)}"
    )
    return f"DELETE FROM ONLY {relation.sql}", insert


def lock(relations: Collection[Relation]) -> str:
    """Keep other writers out, and find those that are still in: readers may stay."""
    names = ", ".join(f"ONLY {relation.sql}" for relation in relations)
    return f"LOCK TABLE {names} IN EXCLUSIVE MODE"


def mender(relation: Relation, schema: str) -> tuple[str, str]:
    """A function that mends one table, with plans the server keeps: its definition and its call."""
    name = identifier(schema, f"mend_{relation.oid}")
    body = "; ".join((lock([relation]), *mend(relation, schema)))
    code = literal(f"BEGIN {body}; END")
    return f"CREATE FUNCTION {name}() RETURNS void LANGUAGE plpgsql AS {code};", f"{name}()"


def refill_all(relations: Collection[Relation], schema: str) -> list[str]:
    """Put tables back with foreign keys on: statements for one transaction.

    Foreign keys are checked at the end of a statement, so one DELETE of everything and one INSERT
    of everything pass in any order, cycles included. Triggers and rules are off meanwhile.
    """
    if not relations:
        return []
    pairs = [refill(relation, schema) for relation in relations]
    hooks = [(relation.sql, hook) for relation in relations for hook in relation.hooks]
    return [
        lock(relations),
        *(f"ALTER TABLE {table} DISABLE {_unmarked(hook)}" for table, hook in hooks),
        _at_once([delete for delete, _ in pairs]),
        _at_once([insert for _, insert in pairs]),
        "SET CONSTRAINTS ALL IMMEDIATE",
        *(f"ALTER TABLE {table} ENABLE {hook}" for table, hook in hooks),
    ]


def positions(line: Line, sequences: Collection[Sequence]) -> tuple[Position, ...]:
    """Where sequences stand now."""
    if not sequences:
        return ()
    listed = list(sequences)
    rows = line.script(
        " UNION ALL ".join(
            f"SELECT {number}, last_value, is_called FROM {sequence.sql}"
            for number, sequence in enumerate(listed)
        )
    )
    return tuple(
        Position(listed[int(number or 0)], int(last or 0), called == "t")
        for number, last, called in rows
    )


def contents(relations: Mapping[str, Relation]) -> str:
    """A query with one column per table: its rows as JSON, in the order of the primary key."""
    return "SELECT " + ", ".join(
        f"(SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY {_order(relation)}), '[]')"
        f" FROM {'ONLY ' if relation.holds else ''}{relation.sql} t)"
        for relation in relations.values()
    )


def changed(error: Refused) -> bool:
    """Whether a failure says that a table or a column is gone."""
    return error.state in _NO_SUCH_THING


def holding(catalog: Catalog) -> list[Relation]:
    """The tables that have rows of their own."""
    return [relation for relation in catalog.relations.values() if relation.holds]


def _unmarked(hook: str) -> str:
    return hook.removeprefix("ALWAYS ").removeprefix("REPLICA ")


def _keyed(relation: Relation) -> bool:
    return bool(relation.table.key) and set(relation.table.key) <= set(relation.plain)


def _list(relation: Relation, prefix: str = "") -> str:
    return ", ".join(f"{prefix}{identifier(name)}" for name in relation.plain)


def _row(relation: Relation, letter: str) -> str:
    return f"ROW({_list(relation, f'{letter}.')})::record"  # bare, it is taken apart by column


def _order(relation: Relation) -> str:
    key = ", ".join(f"t.{identifier(name)}" for name in relation.table.key)
    return key or "to_jsonb(t)::text"


def _at_once(statements: list[str]) -> str:
    parts = ", ".join(f"part{number} AS ({sql})" for number, sql in enumerate(statements))
    return f"WITH {parts} SELECT"
