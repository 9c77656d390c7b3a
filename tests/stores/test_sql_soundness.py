"""Narrowing is sound: statements that do not conflict may change places, on a real database."""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import Any

from hypothesis import assume, event, given
from hypothesis import strategies as st

from tocsin.stores.sql import Many, read

UNIQUE = {"a": [("id",), ("k", "n")], "b": [("id",)]}
WORLD = """
CREATE TABLE a (id INTEGER PRIMARY KEY, k TEXT, n INTEGER, UNIQUE (k, n));
CREATE TABLE b (id INTEGER PRIMARY KEY, k TEXT, n INTEGER);
INSERT INTO a VALUES (1, 'x', 1), (2, 'y', 1), (3, '1', 2);
INSERT INTO b VALUES (1, 'x', 1), (2, 'X', 2);
"""

tables = st.sampled_from(["a", "b", "main.A", '"b"'])
columns = st.sampled_from(["id", "k", "n", "ID"])
values = st.sampled_from([1, 2, 3, "1", "x", "X", "y", None, 1.0, "01"])
Part = tuple[str, tuple[Any, ...]]


def literal(value: Any) -> str:
    return "NULL" if value is None else repr(value)


@st.composite
def operands(draw: st.DrawFn) -> Part:
    """A value, bound or written out."""
    value = draw(values)
    return ("?", (value,)) if draw(st.booleans()) else (literal(value), ())


def joined(separator: str, parts: list[Part]) -> Part:
    return separator.join(sql for sql, _ in parts), tuple(v for _, vs in parts for v in vs)


def has_value(part: Part) -> bool:
    return part[0] != "NULL" and None not in part[1]


@st.composite
def conditions(draw: st.DrawFn, prefix: str = "") -> Part:
    column = prefix + draw(columns)
    sort = draw(st.sampled_from(["=", "=", "=", "IN", "<", "OR", "NOT", "reversed", "IS"]))
    one, other = draw(operands()), draw(operands())
    if sort == "IN":
        sql, bound = joined(", ", [one, other])
        return f"{column} IN ({sql})", bound
    if sort == "OR":
        return f"({column} = {one[0]} OR {prefix}{draw(columns)} = {other[0]})", one[1] + other[1]
    if sort == "NOT":
        return f"NOT {column} = {one[0]}", one[1]
    if sort == "reversed":
        return f"{one[0]} = {column}", one[1]
    return f"{column} {sort} {one[0]}", one[1]


@st.composite
def wheres(draw: st.DrawFn, prefix: str = "") -> Part:
    parts = draw(st.lists(conditions(prefix), max_size=2))
    sql, bound = joined(" AND ", parts)
    return (f" WHERE {sql}", bound) if parts else ("", ())


@st.composite
def selects(draw: st.DrawFn) -> Part:
    table = draw(tables)
    shape = draw(st.sampled_from(["plain", "join", "left", "exists", "with", "union", "count"]))
    where, bound = draw(wheres())
    if shape == "plain":
        return f"SELECT * FROM {table}{where}", bound
    if shape == "count":
        return f"SELECT count(*), max(n) FROM {table}{where}", bound
    if shape == "with":
        return f"WITH c AS (SELECT * FROM {table}{where}) SELECT * FROM c", bound
    if shape == "union":
        again, more = draw(wheres())
        return f"SELECT * FROM a{where} UNION ALL SELECT * FROM b{again}", bound + more
    inner, bound = draw(wheres(draw(st.sampled_from(["p.", "q."]))))
    if shape == "exists":
        where = inner.replace(" WHERE ", " AND ")
        sub = f"SELECT 1 FROM {table} q WHERE q.n = p.n{where}"
        return f"SELECT * FROM a p WHERE EXISTS ({sub})", bound
    kind = "LEFT JOIN" if shape == "left" else "JOIN"
    return f"SELECT * FROM a p {kind} {table} q ON p.n = q.n{inner}", bound


@st.composite
def writes(draw: st.DrawFn) -> Part:
    table = draw(tables)
    shape = draw(st.sampled_from(["update", "update", "delete", "insert", "insert", "other"]))
    where, bound = draw(wheres())
    if shape == "delete":
        return f"DELETE FROM {table}{where}", bound
    if shape == "update":
        names = draw(
            st.lists(st.sampled_from(["id", "k", "n"]), min_size=1, max_size=2, unique=True)
        )
        sets = [draw(operands()) for _ in names]
        if draw(st.booleans()):
            sets[-1] = (f"{names[-1]} + 1", ())
        pairs = ", ".join(f"{name} = {sql}" for name, (sql, _) in zip(names, sets, strict=True))
        return f"UPDATE {table} SET {pairs}{where}", joined("", sets)[1] + bound
    if shape == "other":
        verb = draw(st.sampled_from(["INSERT OR REPLACE", "INSERT OR IGNORE", "REPLACE"]))
        row, bound = joined(", ", [draw(operands()) for _ in range(3)])
        return f"{verb} INTO {table} (id, k, n) VALUES ({row})", bound
    # The key is given: what SQLite chooses by itself depends on the order, and is renamed.
    rows = [
        joined(", ", [draw(operands().filter(has_value))]
               + [draw(operands()) for _ in range(2)])
        for _ in range(draw(st.integers(1, 2)))
    ]  # fmt: skip
    sql, bound = joined("), (", rows)
    return f"INSERT INTO {table} (id, k, n) VALUES ({sql})", bound


statements = st.one_of(selects(), writes(), writes())


def outcome(*order: Part) -> tuple[dict[Part, Any], list[Any]]:
    """What each statement answers, and what is in the tables afterwards."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(WORLD)
    answers: dict[Part, Any] = {}
    for statement in order:
        try:
            cursor = connection.execute(*statement)
            answers[statement] = (Counter(cursor.fetchall()), cursor.rowcount)
        except sqlite3.Error as error:
            answers[statement] = type(error)
    state = [connection.execute(f"SELECT * FROM {name} ORDER BY id").fetchall() for name in "ab"]
    connection.close()
    return answers, state


@given(statements, statements)
def test_statements_that_do_not_conflict_commute(one: Part, other: Part) -> None:
    assume(one != other)
    mine = read(one[0], "sqlite").accesses("s", one[1], unique=UNIQUE)
    theirs = read(other[0], "sqlite").accesses("s", other[1], unique=UNIQUE)
    conflict = any(a.conflicts(b) for a in mine for b in theirs)
    event("conflict" if conflict else "none")
    if not conflict:
        assert outcome(one, other) == outcome(other, one)


@given(writes(), st.lists(st.tuples(values, values, values), max_size=3))
def test_many_rows_cover_each_row(one: Part, sets: list[tuple[Any, ...]]) -> None:
    insert = read("INSERT INTO a (id, k, n) VALUES (?, ?, ?)", "sqlite")
    many = insert.accesses("s", Many(sets))
    theirs = read(one[0], "sqlite").accesses("s", one[1])
    for each in sets:
        single = insert.accesses("s", each)
        if any(a.conflicts(b) for a in single for b in theirs):
            assert any(a.conflicts(b) for a in many for b in theirs)
