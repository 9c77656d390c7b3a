"""What a statement's text tells: kinds, labels, tables, rows."""
# ruff: noqa: E501  # a table reads better with one case a line

from __future__ import annotations

from collections.abc import Hashable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tocsin.model.access import Access, Item, Mode
from tocsin.model.history import OpKind
from tocsin.stores.sql import Dialect, Many, dialect_of, read
from tocsin.stores.sql_rows import comparable

UUIDS = "0f0e0d0c-0b0a-0908-0706-050403020100"


def shown(sql: str, parameters: object = None, dialect: Dialect = "postgres", **more: Any) -> str:
    """The accesses, in one line: ``read a[id='1'], write a``; tables alone mean every row."""
    accesses = read(sql, dialect).accesses("s", parameters, **more)
    return ", ".join(
        f"{'lock' if access.locks else access.mode} {access.item}" for access in accesses
    )


@pytest.mark.parametrize(
    ("sql", "kind", "pauses"),
    [
        ("BEGIN", OpKind.BEGIN, False),
        ("start transaction isolation level serializable, read only;", OpKind.BEGIN, False),
        ("BEGIN IMMEDIATE", OpKind.BEGIN, True),
        ("BEGIN; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", OpKind.BEGIN, False),
        ("/* why */ COMMIT ; ", OpKind.COMMIT, True),
        ("END TRANSACTION", OpKind.COMMIT, True),
        ("ROLLBACK", OpKind.ROLLBACK, True),
        ("ABORT;", OpKind.ROLLBACK, True),
        ("ROLLBACK TO SAVEPOINT a", OpKind.STATEMENT, True),
        ('ROLLBACK TO "a"; RELEASE "a"', OpKind.STATEMENT, True),
        ("SAVEPOINT a", OpKind.STATEMENT, False),
        ("SET LOCAL lock_timeout = 10", OpKind.STATEMENT, False),
        ("PRAGMA foreign_keys", OpKind.STATEMENT, False),
        ("", OpKind.STATEMENT, False),
        ("-- nothing", OpKind.STATEMENT, False),
        ("BEGIN; UPDATE a SET x = 1; COMMIT", OpKind.STATEMENT, True),
        ("UPDATE a SET x = 1; COMMIT", OpKind.COMMIT, True),
        ("PREPARE TRANSACTION 'x'", OpKind.STATEMENT, True),
        ("CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; END", OpKind.STATEMENT, True),
    ],
)
def test_kinds(sql: str, kind: OpKind, *, pauses: bool) -> None:
    statement = read(sql, "sqlite" if "TRIGGER" in sql else "postgres")
    assert (statement.kind, statement.pauses) == (kind, pauses)


@pytest.mark.parametrize(
    ("dialect", "sql", "label"),
    [
        ("sqlite", "SELECT *\n  FROM a -- all\n WHERE x=:x AND y='it''s'", "SELECT * FROM a WHERE x=? AND y=?"),
        ("postgres", "SELECT a1 FROM t2 WHERE x = %s AND y IN (%s, %s,%s)", "SELECT a1 FROM t2 WHERE x = ? AND y IN (?)"),
        ("postgres", "SELECT %(a)s::int, '%s' WHERE x IN ($1::INT, -5)", "SELECT ?::int, ? WHERE x IN (?)"),
        ("postgres", "INSERT INTO a VALUES (1, now()), (2, now())", "INSERT INTO a VALUES (?, now())"),
        ("postgres", "SELECT 5 %% 2, x'ab', $$a;b$$, E'\\''; ", "SELECT ? % ?, ?, ?, ?"),
        ("postgres", "SAVEPOINT s140_x1", "SAVEPOINT ?"),
        ("postgres", 'ROLLBACK TO "s1"; RELEASE "s1"', "ROLLBACK TO ?; RELEASE ?"),
        ("postgres", 'DECLARE "c_1" CURSOR FOR SELECT 1', "DECLARE ? CURSOR FOR SELECT ?"),
        ("sqlite", 'SELECT [a b], `c`, "d?" FROM t LIMIT ?2', 'SELECT [a b], `c`, "d?" FROM t LIMIT ?'),
    ],
)  # fmt: skip
def test_labels(dialect: Dialect, sql: str, label: str) -> None:
    assert read(sql, dialect).label == label


@pytest.mark.parametrize(
    ("sql", "parameters", "accesses"),
    [
        # Reads.
        ("SELECT * FROM a WHERE id = %s", (1,), "read a[id='1']"),
        ("SELECT * FROM a WHERE id = %(i)s AND k = %(k)s", {"i": 1, "k": "X"}, "read a[id='1', k='x']"),
        ("SELECT * FROM a WHERE id = $2 AND n > $1", (0, 7), "read a[id='7']"),
        ("SELECT * FROM a WHERE id = $1::INTEGER", (7,), "read a[id='7']"),
        ("SELECT * FROM a WHERE 5 = (id) AND (b = 'x' AND c < 4)", None, "read a[b='x', id='5']"),
        ("SELECT * FROM a WHERE id IN (%s, 2)", (1,), "read a[id='1'|'2']"),
        ("SELECT * FROM a WHERE id = -1", None, "read a[id='-1']"),
        ("SELECT * FROM a AS x WHERE x.id = 1 FOR UPDATE", None, "lock a[id='1']"),
        ("SELECT * FROM a x JOIN b y ON x.i = y.i WHERE x.id = 1 FOR SHARE OF x", None, "lock a[id='1'], read b"),
        ("SELECT * FROM a x LEFT JOIN b y ON x.i = y.i AND x.k = 3 WHERE y.id = 1", None, "read a, read b[id='1']"),
        ("SELECT 1 FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.i = a.i AND b.k = 2 AND z = 1)", None, "read a, read b[k='2']"),
        ("WITH c AS (SELECT * FROM a WHERE id = 1) SELECT * FROM c", None, "read a[id='1']"),
        ("WITH a AS (SELECT * FROM a) SELECT * FROM a", None, "read a"),
        ("SELECT * FROM a WHERE id = 1 UNION SELECT * FROM b WHERE id = 2", None, "read a[id='1'], read b[id='2']"),
        # No proof, no narrowing.
        ("SELECT * FROM a WHERE id = 1 OR id = 2", None, "read a"),
        ("SELECT * FROM a WHERE NOT id = 1", None, "read a"),
        ("SELECT * FROM a WHERE lower(id) = 'x'", None, "read a"),
        ("SELECT * FROM a WHERE id IS NULL", None, "read a"),
        ("SELECT * FROM a WHERE id = %s", (None,), "read a"),
        ("SELECT * FROM a WHERE id = %s", None, "read a"),
        ("SELECT * FROM a WHERE id = %s", (b"1",), "read a"),
        ("SELECT * FROM a WHERE k = '10%%'", None, "read a"),
        ("SELECT * FROM a, b WHERE id = 1", None, "read a, read b"),
        ("SELECT * FROM a WHERE at = '2024-01-01'", None, "read a"),
        ("SELECT * FROM a WHERE ctid = '1'", None, "read a"),
        # Names.
        ('SELECT * FROM public.A WHERE "Id" = 1 AND ID = 2', None, "read a[Id='1', id='2']"),
        ('SELECT * FROM "A", shop.b', None, "read A, read shop.b"),
        ("SELECT relname FROM pg_class JOIN pg_catalog.pg_namespace n ON true", None, ""),
        ("SELECT * FROM information_schema.tables, generate_series(1, 2)", None, ""),
        ("SELECT pg_advisory_xact_lock(%s)", (1,), ""),
        # Writes.
        ("DELETE FROM a WHERE id = 1", None, "read a[id='1'], write a[id='1']"),
        ("DELETE FROM a USING b WHERE a.i = b.i AND b.k = 2 AND a.id = 1", None, "read a[id='1'], write a[id='1'], read b"),
        ("UPDATE a SET n = n + 1 WHERE id = 1", None, "read a[id='1'], write a[id='1']"),
        ("UPDATE a SET id = %s WHERE id = %s", (2, 1), "read a[id='1'], write a[id='1'|'2']"),
        ("UPDATE a SET id = id + 1 WHERE id = 1", None, "read a[id='1'], write a"),
        ("UPDATE a SET (id, n) = (2, 3) WHERE id = 1", None, "read a[id='1'], write a"),
        ("UPDATE a SET n = b.n FROM b WHERE a.id = 1 AND id = 2", None, "read a[id='1'], write a[id='1'], read b"),
        ("UPDATE a SET n = (SELECT max(n) FROM b WHERE k = 3) WHERE id = 1", None, "read a[id='1'], write a[id='1'], read b"),
        ("INSERT INTO a (id, k, at) VALUES (%s, 'x', now())", (1,), "write a[id='1', k='x']"),
        ("INSERT INTO a (id) VALUES (1), (2) RETURNING id", None, "write a[id='1'|'2']"),
        ("INSERT INTO a (id, k) VALUES (1, DEFAULT)", None, "write a[id='1']"),
        ("INSERT INTO a VALUES (1)", None, "write a"),
        ("INSERT INTO a (id) SELECT id FROM b WHERE k = 1", None, "write a, read b[k='1']"),
        ("INSERT INTO a (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET n = 1", None, "read a, write a"),
        ("INSERT INTO a (id) VALUES (1) ON CONFLICT DO NOTHING", None, "read a, write a"),
        ("WITH c AS (DELETE FROM a WHERE id = 1 RETURNING *) INSERT INTO b SELECT * FROM c", None, "write b, read a[id='1'], write a[id='1']"),
        ("MERGE INTO a USING b ON a.i = b.i WHEN MATCHED THEN DELETE", None, "read a, write a, read b"),
        ("TRUNCATE a, b", None, "write a, write b"),
        ("COPY a (id) FROM STDIN", None, "write a"),
        ("COPY a TO STDOUT", None, "read a"),
        ("DECLARE c CURSOR FOR SELECT * FROM a", None, "read a"),
        ("LOCK TABLE ONLY a IN EXCLUSIVE MODE", None, "lock a"),
        ("UPDATE a SET n = 1; DELETE FROM b", None, "read a, write a, read b, write b"),
        # Everything.
        ("CREATE TABLE a (id int)", None, "read s (anything), write s (anything)"),
        ("SELECT * INTO b FROM a", None, "read s (anything), write s (anything)"),
        ("EXPLAIN ANALYZE DELETE FROM a", None, "read s (anything), write s (anything)"),
        ("CALL pay(1)", None, "read s (anything), write s (anything)"),
        ("SELECT FROM WHERE", None, "read s (anything), write s (anything)"),
        # Nothing.
        ("EXPLAIN SELECT * FROM a", None, ""),
        ("SHOW transaction_isolation", None, ""),
        ("SELECT 1", None, ""),
    ],
)  # fmt: skip
def test_accesses(sql: str, parameters: object, accesses: str) -> None:
    # An item shows its columns in the order of the statement: compare as sets of columns.
    assert _sorted(shown(sql, parameters)) == accesses


def _sorted(text: str) -> str:
    parts = text.split("[")
    for place in range(1, len(parts)):
        inside, bracket, rest = parts[place].partition("]")
        parts[place] = ", ".join(sorted(inside.split(", "))) + bracket + rest
    return "[".join(parts)


@pytest.mark.parametrize(
    ("sql", "parameters", "accesses"),
    [
        ("REPLACE INTO a (id) VALUES (?)", (1,), "read a, write a"),
        ("INSERT OR IGNORE INTO a (id) VALUES (?)", (1,), "read a, write a"),
        ("SELECT * FROM main.A WHERE ID = ?2 AND k = ?", (0, 1, 2), "read a[id='1', k='2']"),
        ("SELECT * FROM a WHERE id = :id AND k = $k AND j = @j", {"id": 1, "k": 2, "j": 3}, "read a[id='1', j='3', k='2']"),
        ("UPDATE a SET id = 2 WHERE rowid = 1", None, "read a, write a"),
        ("SELECT name FROM sqlite_master", None, ""),
        ("UPDATE OR REPLACE a SET id = 1", None, "read s (anything), write s (anything)"),
        ("PRAGMA table_info(a)", None, ""),
    ],
)  # fmt: skip
def test_accesses_of_sqlite(sql: str, parameters: object, accesses: str) -> None:
    assert _sorted(shown(sql, parameters, "sqlite")) == accesses


def test_many_sets_of_parameters_are_united() -> None:
    insert = "INSERT INTO a (id, k) VALUES (?, ?)"
    assert shown(insert, Many([(1, "x"), (2, None)]), "sqlite") == "write a[id='1'|'2']"
    assert shown(insert, [(1, "x"), (2, "y")], "sqlite") == "write a"


def test_verbs() -> None:
    statement = read("UPDATE a SET n = 1 WHERE id = 2", "postgres")
    where: tuple[tuple[str, frozenset[Hashable]], ...] = (("id", frozenset({"2"})),)
    assert statement.accesses("s") == (
        Access(Item("s", "a", where), Mode.READ, "select"),
        Access(Item("s", "a", where), Mode.WRITE, "update"),
    )


def test_what_must_stay_unique_is_read() -> None:
    unique = {"a": [("id",), ("k", "j")]}
    insert = shown("INSERT INTO a (k, j) VALUES ('x', 2)", unique=unique)
    assert insert == "write a[k='x', j='2'], read a[k='x', j='2']"
    rename = shown("UPDATE a SET k = 'x' WHERE id = 1", unique=unique)
    assert rename == "read a[id='1'], write a[id='1'], read a[k='x']"
    assert shown("UPDATE a SET n = 1 WHERE id = 1", unique=unique).count("read") == 1


@pytest.mark.parametrize(
    "values",
    [
        (1, "1", Decimal("1.0"), "1.0", "+1", "01"),
        (UUID(UUIDS), UUIDS, UUIDS.upper(), UUID(UUIDS).hex, f"{{{UUIDS}}}"),
        ("Alice@Example.com", "alice@example.com", "ALICE@EXAMPLE.COM"),
    ],
)
def test_equal_values_are_comparable(values: tuple[object, ...]) -> None:
    assert len({comparable(value) for value in values}) == 1
    assert comparable(values[0]) is not None


@pytest.mark.parametrize(
    "value",
    [None, True, 1.5, 1.0, Decimal("1.5"), b"x", 2**60, "", "a b", "Straße", "true", "T", "now",
     "2024-01-01", "Jan-01-2024", "10:00", "inf", "NaN", "P1D", "x ", "1_000", "0x10", "1e3"],
)  # fmt: skip
def test_values_of_which_nothing_can_be_said(value: object) -> None:
    assert comparable(value) is None


def test_dialects() -> None:
    assert dialect_of("sqlite:shop.db") == "sqlite"
    assert dialect_of("postgresql:shop") == "postgres"
