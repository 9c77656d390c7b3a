"""The SQL that saves tables into a database of tocsin's own and puts them back."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from tocsin.explore.state.mysql_catalog import Relation
from tocsin.explore.state.mysql_line import Refused, identifier

_NO_SUCH_THING = frozenset({1054, 1136, 1146})
LOCKED = frozenset({1205, 1213})
"""A lock was waited for in vain; a deadlock."""


class WorldChanged(Exception):
    """A table that was saved is not there any more, or has other columns."""


def saved(relation: Relation, store: str) -> str:
    """The name of a table's saved rows in the database ``store``."""
    return identifier(store, relation.bare)


def save(relation: Relation, store: str) -> list[str]:
    """Copy a table's rows."""
    columns = ", ".join(map(identifier, relation.plain))
    copy = saved(relation, store)
    statements = [f"CREATE TABLE {copy} AS SELECT {columns} FROM {relation.sql}"]
    if relation.keyed:
        key = ", ".join(map(identifier, relation.table.key))
        statements.append(f"ALTER TABLE {copy} ADD PRIMARY KEY ({key})")
    return statements


def mend(relation: Relation, store: str) -> list[str]:
    """Take out the rows that are not as saved, and put in those that are missing."""
    if not relation.keyed:
        return refill(relation, store, take=f"DELETE FROM {relation.sql}")
    key = ", ".join(map(identifier, relation.table.key))
    first = identifier(relation.table.key[0])
    copy = saved(relation, store)
    same = " AND ".join(_same(name, text=name in relation.text) for name in relation.plain)
    columns = ", ".join(map(identifier, relation.plain))
    values = ", ".join(f"s.{identifier(name)}" for name in relation.plain)
    delete = (
        f"DELETE t FROM {relation.sql} t LEFT JOIN {copy} s USING ({key})"
        f" WHERE s.{first} IS NULL OR NOT ({same})"
    )
    insert = (
        f"INSERT INTO {relation.sql} ({columns}) SELECT {values} FROM {copy} s"
        f" LEFT JOIN {relation.sql} t USING ({key}) WHERE t.{first} IS NULL"
    )
    return [delete, insert]


def refill(relation: Relation, store: str, *, take: str) -> list[str]:
    """Take all rows out and put them in again."""
    columns = ", ".join(map(identifier, relation.plain))
    return [
        take,
        f"INSERT INTO {relation.sql} ({columns}) SELECT {columns} FROM {saved(relation, store)}",
    ]


def contents(relation: Relation) -> str:
    """A query for all rows, in the order of the primary key."""
    columns = ", ".join(
        f"{identifier(name)} AS {identifier(name.lower())}"
        for name in dict.fromkeys((*relation.plain, *relation.table.columns))
        if name in relation.plain or name not in {one.lower() for one in relation.plain}
    )
    order = ", ".join(map(identifier, relation.table.key or relation.plain))
    return f"SELECT {columns} FROM {relation.sql} ORDER BY {order}"


def plain(value: object) -> object:
    """A value as JSON can hold it."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Decimal):
        near = float(value)
        return near if Decimal(repr(near)) == value else str(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, int | float | str) or value is None:
        return value
    return str(value)


def changed(error: Refused) -> bool:
    """Whether a failure says that a table or a column is gone."""
    return error.code in _NO_SUCH_THING


def _same(name: str, *, text: bool) -> str:
    column = identifier(name)
    if text:
        return f"CAST(t.{column} AS BINARY) <=> CAST(s.{column} AS BINARY)"
    return f"t.{column} <=> s.{column}"
