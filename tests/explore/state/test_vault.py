"""The vault: where databases are led, all states at once, and what a killed worker leaves."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from textwrap import dedent

import pytest

from tests.explore.state.conftest import Server
from tests.explore.state.test_sqlite import SHOP as SQLITE_SHOP
from tests.explore.state.test_sqlite import shop
from tocsin.explore.state.base import StillLocked
from tocsin.explore.state.vault import Permission, Vault, clean_up
from tocsin.model.access import Item
from tocsin.stores.control import NotDisposable, Session


class Instrumented(sqlite3.Connection):
    """As the instrument's class: weak references to it can be taken."""


def connect(vault: Vault, database: str, key: int, *, uri: bool = False) -> sqlite3.Connection:
    """What the sqlite3 instrument does, in one thread."""
    path, is_uri = vault.sqlite_path(database, uri=uri)
    line = sqlite3.connect(path, uri=is_uri, factory=Instrumented, check_same_thread=False)
    name = ":memory:" if ":memory:" in database else Path(database).name
    vault.opened(Session(key, "sqlite3", f"sqlite:{name}"), line)
    return line


def count(line: sqlite3.Connection, table: str = "orders") -> int:
    return int(line.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


@pytest.fixture
def vault(run: Path) -> Iterator[Vault]:
    with closing(Vault(run, lambda: ())) as made:
        yield made


def test_all_stores_start_from_the_same_world(vault: Vault, tmp_path: Path) -> None:
    original = shop(tmp_path / "shop.db")
    (tmp_path / "other").mkdir()
    twin = shop(tmp_path / "other" / "shop.db")
    file = tmp_path / "upload.txt"
    lines = [
        connect(vault, str(original), 1),
        connect(vault, f"file:{twin}", 2, uri=True),
        connect(vault, ":memory:", 3),
    ]
    lines[2].executescript(SQLITE_SHOP)
    vault.snapshot()
    for line in lines:
        line.execute("DELETE FROM orders")
        line.commit()
    vault.files.before_write(file)
    file.write_text("uploaded")
    assert set(vault.states()) == {
        *("file", "memory", "sqlite:shop.db", "sqlite:shop.2.db", "sqlite::memory:")
    }
    touched = [Item("sqlite:shop.db", "orders"), Item("file", str(file))]
    world = vault.read(touched)
    assert world["sqlite:shop.db"]["orders"] == []
    assert world["sqlite:shop.2.db"]["orders"] == []  # the adapters call both by one name
    assert world["file"][str(file)][0]["kind"] == "file"
    vault.restore(touched)
    assert [count(line) for line in lines] == [2, 2, 0]
    assert not file.exists()
    vault.restore([Item("sqlite::memory:", None)])
    assert count(lines[2]) == 2
    for line in lines:
        line.close()
    assert vault.close() == ()
    assert vault.close() == ()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "shop.db"]


def test_a_database_first_opened_in_a_run_has_its_world_then(vault: Vault, tmp_path: Path) -> None:
    original = shop(tmp_path / "shop.db")
    vault.snapshot()
    with closing(connect(vault, str(original), 1)) as line:
        line.execute("DELETE FROM orders")
        line.commit()
        vault.restore([Item("sqlite:shop.db", "orders")])
        assert count(line) == 2
        again, _ = vault.sqlite_path(str(original), uri=False)
        assert vault.sqlite_path(again, uri=False)[0] == again


def test_a_private_memory_database_ends_with_its_connection(vault: Vault) -> None:
    lines = [connect(vault, ":memory:", key) for key in (1, 2)]
    for line in lines:
        line.execute("CREATE TABLE orders (id)")
    vault.snapshot()
    for line in lines:
        line.execute("INSERT INTO orders VALUES (1)")
        line.commit()
    vault.closed(Session(1, "sqlite3", "sqlite::memory:"))
    lines.pop(0).close()
    vault.restore([Item("sqlite::memory:", "orders")])
    assert count(lines[0]) == 0
    lines[0].close()


def test_postgresql_is_led_to_a_copy_and_other_servers_are_refused(
    server: Server, database: str, run: Path
) -> None:
    vault = Vault(run, lambda: ())
    given: Mapping[str, object] = {**server.parameters, "dbname": database}
    copy = vault.postgresql_database("psycopg", given)
    assert copy == vault.postgresql_database("asyncpg", given) != database
    store = f"postgresql:{database}"
    with closing(server.connect(copy)) as line:
        session = Session(1, "psycopg", store, line.info.backend_pid)
        vault.opened(session, line)
        vault.snapshot()
        line.execute("DELETE FROM orders")
        line.execute("BEGIN")
        line.execute("UPDATE customers SET name = name || '!'")
        with pytest.raises(StillLocked):
            vault.restore([Item(store, "customers"), Item(store, "orders")])
        line.execute("ROLLBACK")
        vault.restore([Item(store, "orders")])
        assert len(vault.read([Item(store, "orders")])[store]["orders"]) == 5
        assert vault.waiting([session]) == {}
        with pytest.raises(NotDisposable, match=r"write disposable = \[\"shop\"\]"):
            vault.postgresql_database("psycopg", {"host": "db.example.com", "dbname": "shop"})
        assert vault.close() == ()
    assert copy not in server.databases()


def test_each_state_is_closed_even_if_another_fails(
    server: Server, database: str, run: Path, tmp_path: Path
) -> None:
    file = tmp_path / "a.txt"
    with closing(server.connect(database)) as other:  # so it works in place
        vault = Vault(run, lambda: (), Permission(override=True))
        vault.postgresql_database("psycopg", {**server.parameters, "dbname": database})
        vault.files.before_write(file)
        file.write_text("x")
        other.execute("ALTER TABLE log RENAME TO lost")
        problems = vault.close()
        assert len(problems) == 1
        assert "table public.log" in problems[0]
        assert not file.exists()
        other.execute("ALTER TABLE lost RENAME TO log")
        assert clean_up(run) == ()
        left = other.execute("SELECT to_regnamespace('tocsin_found')").fetchone()
        assert left == (None,)
    assert not run.exists()


KILLED = """
    import json, os, signal, sqlite3, sys
    from pathlib import Path
    import psycopg
    from tocsin.explore.state.vault import Vault

    run, shop, file, server = Path(sys.argv[1]), sys.argv[2], sys.argv[3], json.loads(sys.argv[4])
    vault = Vault(run, lambda: ())
    line = sqlite3.connect(vault.sqlite_path(shop, uri=False)[0])
    line.execute("DELETE FROM orders")
    line.commit()
    database = vault.postgresql_database("psycopg", server)
    other = psycopg.connect(**{**server, "dbname": database}, autocommit=True)
    vault.snapshot()
    other.execute("DELETE FROM orders")
    vault.files.before_write(file)
    Path(file).write_text("changed")
    print(database, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("in_place", [False, True])
def test_a_killed_worker_is_cleaned_up_after(
    server: Server,
    database: str,
    run: Path,
    tmp_path: Path,
    in_place: bool,
) -> None:
    original, file = shop(tmp_path / "shop.db"), tmp_path / "a.txt"
    file.write_text("as found")
    before = original.read_bytes()
    given = json.dumps({**server.parameters, "dbname": database})
    arguments = [str(run), str(original), str(file), given]
    with closing(server.connect(database if in_place else "postgres")):
        killed = subprocess.run(
            [sys.executable, "-c", dedent(KILLED), *arguments],
            check=False,
            capture_output=True,
            text=True,
        )
    worked_in = killed.stdout.strip()
    assert (worked_in == database) == in_place, killed.stderr
    assert (run / "resources.jsonl").stat().st_mode & 0o777 == 0o600
    assert original.read_bytes() == before
    assert clean_up(run) == ()
    assert clean_up(run) == ()
    assert not run.exists()
    assert file.read_text() == "as found"
    assert (worked_in in server.databases()) == in_place
    with server.connect(database) as line:
        assert line.execute("SELECT count(*) FROM orders").fetchone() == (5,)
        assert line.execute("SELECT to_regnamespace('tocsin_found')").fetchone() == (None,)


def test_the_next_run_repairs_what_nobody_cleaned_up(
    server: Server, database: str, run: Path, tmp_path: Path
) -> None:
    arguments = [str(run), str(tmp_path / "s.db"), str(tmp_path / "f")]
    given: dict[str, object] = {**server.parameters, "dbname": database}
    shop(tmp_path / "s.db")
    with closing(server.connect(database)) as other:
        script = [sys.executable, "-c", dedent(KILLED), *arguments, json.dumps(given)]
        subprocess.run(script, check=False, capture_output=True)
        assert other.execute("SELECT count(*) FROM orders").fetchone() == (0,)
    with closing(Vault(tmp_path / "next", lambda: ())) as vault:
        assert vault.postgresql_database("psycopg", given) != database
        with server.connect(database) as line:
            assert line.execute("SELECT count(*) FROM orders").fetchone() == (5,)
