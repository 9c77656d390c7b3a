"""The SQL that saves tables into a schema of tocsin's own and puts them back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tocsin.explore.state.libpq import Line, Refused, identifier, literal
from tocsin.explore.state.postgresql_catalog import Catalog, Relation, Sequence

_NO_SUCH_THING = frozenset({"42P01", "42703"})

NOW = "(txid_current() % 4294967296)::text"
"""The present transaction, as an ``xid`` is written."""


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


def mend(relation: Relation, schema: str, since: str) -> str:
    """PL/pgSQL that puts a table back, looking only for what is newer than ``since``.

    ``since`` is a transaction after which the table was as saved, with no writer in it. Rows made
    or changed later have a later ``xmin``; once these are gone, rows are missing if and only if
    there are fewer of them. It needs foreign keys to be off.
    """
    newer = f"age(xmin) < age({since})"
    delete, insert = refill(relation, schema)
    there, before = f"FROM ONLY {relation.sql}", f"FROM {saved(relation, schema)}"
    fewer = f"(SELECT count(*) {there}) <> (SELECT count(*) {before})"
    if not _keyed(relation):
        changed = f"EXISTS (SELECT {there} WHERE {newer}) OR {fewer}"
        return f"IF {changed} THEN {delete}; {insert}; END IF"
    same = " AND ".join(f"t.{name} = s.{name}" for name in map(identifier, relation.table.key))
    missing = f"NOT EXISTS (SELECT FROM ONLY {relation.sql} t WHERE {same})"
    return f"{delete} WHERE {newer}; IF {fewer} THEN {insert} s WHERE {missing}; END IF"


def refill(relation: Relation, schema: str) -> tuple[str, str]:
    """The DELETE and the INSERT that take all rows out and put them in again."""
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
    """A function that mends one table, with plans the server keeps: its definition and its name."""
    name = identifier(schema, f"mend_{relation.oid}")
    code = literal(f"BEGIN {lock([relation])}; {mend(relation, schema, 'since')}; END")
    return f"CREATE FUNCTION {name}(since xid) RETURNS void LANGUAGE plpgsql AS {code};", name


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


def _order(relation: Relation) -> str:
    key = ", ".join(f"t.{identifier(name)}" for name in relation.table.key)
    return key or "to_jsonb(t)::text"


def _at_once(statements: list[str]) -> str:
    parts = ", ".join(f"part{number} AS ({sql})" for number, sql in enumerate(statements))
    return f"WITH {parts} SELECT"
