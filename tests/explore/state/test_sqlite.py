"""SQLite: copies, pooled connections, WAL, memory, leaked transactions."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tocsin.explore.state.base import BadQuery, StillLocked
from tocsin.explore.state.sqlite import SQLiteState, locate
from tocsin.model.access import Item
from tocsin.stores.control import Session

SHOP = """
CREATE TABLE customers (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, photo BLOB);
CREATE TABLE orders (
  id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customers ON DELETE CASCADE, amount INT);
CREATE TABLE lines (
  number INT, "order" INT REFERENCES orders(id), PRIMARY KEY ("order", number)) WITHOUT ROWID;
CREATE TABLE log (line TEXT);
INSERT INTO customers (name, photo) VALUES ('ada', x'ff00'), ('bob', NULL);
INSERT INTO orders (customer, amount) VALUES (1, 10), (2, 20);
INSERT INTO lines VALUES (2, 1), (1, 1);
INSERT INTO log VALUES ('started');
"""
EVERYTHING = (Item("sqlite:shop.db", None),)


def shop(path: Path, *, mode: str = "delete") -> Path:
    with closing(sqlite3.connect(path)) as line:
        line.execute(f"PRAGMA journal_mode = {mode}")
        line.executescript(SHOP)
    return path


def dump(line: sqlite3.Connection) -> list[str]:
    return list(line.iterdump())


@pytest.fixture(params=["delete", "wal"])
def original(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return shop(tmp_path / "shop.db", mode=request.param)


@pytest.fixture
def state(original: Path, run: Path) -> Iterator[SQLiteState]:
    made = SQLiteState.copied(original, run, sqlite3.connect)
    yield made
    made.close()


def beside(path: Path) -> set[str]:
    return {entry.name for entry in path.parent.iterdir() if entry.is_file()}


WRITES = st.lists(
    st.sampled_from(
        [
            "INSERT INTO customers (name) VALUES (hex(randomblob(4)))",
            "INSERT INTO log SELECT hex(randomblob(3000))",
            "UPDATE orders SET amount = amount + 1",
            "DELETE FROM customers WHERE id = 1",
            "DELETE FROM lines",
            "CREATE TABLE IF NOT EXISTS extra (a)",
            "DROP TABLE IF EXISTS log",
            "VACUUM",
        ]
    ),
    max_size=6,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(runs=st.lists(WRITES, max_size=3))
def test_every_run_starts_from_the_same_world(
    original: Path, tmp_path: Path, runs: Sequence[Sequence[str]]
) -> None:
    state = SQLiteState.copied(original, tmp_path, sqlite3.connect, name="copy.db")
    path, _ = state.redirect(locate(str(original), uri=False), uri=False)
    with closing(sqlite3.connect(path)) as pooled:  # stays open, as in a pool
        state.snapshot()
        world = dump(pooled)
        for writes in runs:
            for write in writes:
                with suppress(sqlite3.OperationalError):  # no such table any more
                    pooled.execute(write)
                pooled.commit()
            state.restore(EVERYTHING)
            assert dump(pooled) == world
    state.close()


def test_the_users_file_is_only_read(original: Path, run: Path) -> None:
    before, files = original.read_bytes(), beside(original)
    state = SQLiteState.copied(original, run, sqlite3.connect)
    with closing(sqlite3.connect(str(state.path))) as line:
        line.execute("DELETE FROM orders")
        line.commit()
    state.close()
    assert (original.read_bytes(), beside(original)) == (before, files)
    assert list(run.iterdir()) == []


def test_what_is_in_the_write_ahead_log_is_copied(tmp_path: Path, run: Path) -> None:
    original = shop(tmp_path / "shop.db", mode="wal")
    with closing(sqlite3.connect(original)) as other:
        other.execute("PRAGMA wal_autocheckpoint = 0")
        other.execute("INSERT INTO log VALUES ('in the log')")
        other.commit()
        state = SQLiteState.copied(original, run, sqlite3.connect)
        assert state.read([Item("", "log")])["log"][-1] == {"line": "in the log"}
        state.close()


def test_a_log_left_by_a_killed_process_is_copied(tmp_path: Path, run: Path) -> None:
    original = tmp_path / "shop.db"
    dying = """
        import os, sqlite3, sys
        line = sqlite3.connect(sys.argv[1])
        line.execute("PRAGMA journal_mode = wal")
        line.execute("CREATE TABLE log (line)")
        line.execute("INSERT INTO log VALUES ('last words')")
        line.commit()
        os._exit(1)
    """
    subprocess.run([sys.executable, "-c", dedent(dying), str(original)], check=False)
    original.with_name("shop.db-shm").unlink()  # a reboot takes it
    before = {name: (tmp_path / name).read_bytes() for name in beside(original)}
    state = SQLiteState.copied(original, run, sqlite3.connect)
    assert state.read(EVERYTHING) == {"log": [{"line": "last words"}]}
    state.close()
    assert before == {name: (tmp_path / name).read_bytes() for name in beside(original)}


def test_a_file_that_is_not_there_starts_empty(tmp_path: Path, run: Path) -> None:
    state = SQLiteState.copied(tmp_path / "new.db", run, sqlite3.connect)
    state.snapshot()
    with closing(sqlite3.connect(str(state.path))) as line:
        line.execute("CREATE TABLE t (a)")
        state.restore(EVERYTHING)
        assert dump(line) == ["BEGIN TRANSACTION;", "COMMIT;"]
    state.close()
    assert not (tmp_path / "new.db").exists()


def test_a_leaked_transaction_is_named_not_waited_for(state: SQLiteState) -> None:
    class Instrumented(sqlite3.Connection):
        pass

    state.snapshot()
    with closing(sqlite3.connect(str(state.path), factory=Instrumented)) as leaking:
        state.opened(Session(7, "sqlite3", state.store), leaking)
        leaking.execute("UPDATE orders SET amount = 0")
        with pytest.raises(StillLocked, match="sqlite3 session 7 is still in a transaction"):
            state.restore(EVERYTHING)
        leaking.rollback()
        state.restore(EVERYTHING)
        leaking.execute("BEGIN")
        leaking.execute("SELECT * FROM orders").fetchall()
        with closing(sqlite3.connect(str(state.path))) as other:
            if state.describe() and other.execute("PRAGMA journal_mode").fetchone() == ("wal",):
                other.execute("DELETE FROM log")
                other.commit()
        with pytest.raises(StillLocked, match="session 7"):
            state.restore(EVERYTHING)


def test_rows_can_be_held_by_json_and_are_in_order(state: SQLiteState) -> None:
    rows = state.read([Item(state.store, "main.LINES")])
    assert rows["lines"] == [{"number": 1, "order": 1}, {"number": 2, "order": 1}]
    assert set(rows) == {"lines", "orders"}
    assert state.read([Item(state.store, "customers")])["customers"][0]["photo"] == "ff00"


def test_tables_and_what_ties_them(state: SQLiteState) -> None:
    tables = state.tables()
    assert tables["customers"].generated == ("id",)
    assert tables["customers"].unique == (("name",),)
    assert tables["lines"].key == ("order", "number")
    assert tables["orders"].references == (("customer", ("customers", "id")),)
    assert state.related("customers") == {"orders", "lines"}  # the cascade reaches lines
    assert state.related("orders") == {"customers", "lines"}
    assert state.related("log") == set()
    with closing(sqlite3.connect(str(state.path))) as line:
        line.execute("CREATE TRIGGER t AFTER INSERT ON log BEGIN DELETE FROM orders; END")
    assert state.related("log") == {"customers", "orders", "lines"}


def test_a_private_memory_database_is_restored_through_its_connection() -> None:
    lines = [sqlite3.connect(":memory:", check_same_thread=False) for _ in range(2)]
    states = []
    for number, line in enumerate(lines):
        line.executescript(SHOP)
        states.append(SQLiteState.private(line, f"sqlite::memory:{number}", sqlite3.connect))
        states[-1].snapshot()
        line.execute("DELETE FROM orders")
        line.commit()
    states[0].restore(EVERYTHING)
    counts = [line.execute("SELECT count(*) FROM orders").fetchone()[0] for line in lines]
    assert counts == [2, 0]
    assert len(states[0].read(EVERYTHING)["orders"]) == 2
    lines[0].execute("DELETE FROM orders")
    with pytest.raises(StillLocked):
        states[0].restore(EVERYTHING)
    for state, line in zip(states, lines, strict=True):
        state.close()
        line.close()


def test_a_shared_memory_database_is_restored() -> None:
    uri = "file:together?mode=memory&cache=shared"
    assert locate(uri, uri=True).shared
    with closing(sqlite3.connect(uri, uri=True)) as line:
        line.executescript(SHOP)
        state = SQLiteState.shared(uri, "sqlite::memory:together", sqlite3.connect)
        state.snapshot()
        line.execute("DELETE FROM orders")
        with pytest.raises(StillLocked):
            state.restore(EVERYTHING)
        line.commit()
        state.restore(EVERYTHING)
        assert line.execute("SELECT count(*) FROM orders").fetchone() == (2,)
        state.close()


def test_it_is_used_from_any_thread(state: SQLiteState) -> None:
    results: list[object] = []

    def work() -> None:
        state.snapshot()
        state.restore(EVERYTHING)
        results.append(len(state.read(EVERYTHING)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert results == [4]


@pytest.mark.parametrize(
    ("database", "uri", "path", "shared"),
    [
        ("shop.db", False, "shop.db", False),
        ("file:shop.db", False, "file:shop.db", False),
        ("file:shop%20a.db?mode=rw", True, "shop a.db", False),
        ("file:///srv/shop.db?cache=shared", True, "/srv/shop.db", False),
        (":memory:", False, None, False),
        ("", False, None, False),
        ("file::memory:?cache=shared", True, None, True),
        ("file:x?mode=memory", True, None, False),
    ],
)
def test_locations(database: str, uri: bool, path: str | None, shared: bool) -> None:
    location = locate(database, uri=uri)
    assert location.path == (None if path is None else Path.cwd() / path)
    assert location.path is not None or location.shared == shared


def test_a_uri_keeps_its_options(original: Path, state: SQLiteState) -> None:
    location = locate(f"file:{original}?mode=ro&immutable=1", uri=True)
    assert state.redirect(location, uri=True) == (f"file:{state.path}?mode=ro", True)


def test_a_query_gives_its_first_row(state: SQLiteState) -> None:
    row = state.first_row("SELECT name, photo FROM customers ORDER BY id -- all of them")
    assert row == {"name": "ada", "photo": "ff00"}
    assert state.first_row("SELECT * FROM orders WHERE amount < 0") is None


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT x FROM orders",
        "SELECT 1; SELECT 2",
        "DELETE FROM orders",
        "WITH late AS (SELECT 1) DELETE FROM orders RETURNING id",
    ],
)
def test_a_query_that_is_none_is_refused_and_writes_nothing(state: SQLiteState, sql: str) -> None:
    before = state.read(EVERYTHING)
    with pytest.raises(BadQuery):
        state.first_row(sql)
    assert state.read(EVERYTHING) == before
    with closing(sqlite3.connect(str(state.path), timeout=0)) as line:  # no lock is kept
        line.execute("DELETE FROM lines")
        line.commit()


def test_a_query_reaches_memory_too(tmp_path: Path) -> None:
    with closing(sqlite3.connect(":memory:", check_same_thread=False)) as line:
        line.executescript(SHOP)
        state = SQLiteState.private(line, "sqlite::memory:", sqlite3.connect)
        assert state.first_row("SELECT count(*) AS n FROM customers") == {"n": 2}
