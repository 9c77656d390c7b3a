"""sqlite3: the kit, its doors, and how SQLite waits."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import sys
from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stores.programs import SELECT, Doors, SQLite, django_select
from tocsin.model.history import OpKind
from tocsin.stores import sqlite
from tocsin.testing.check_store import CHECKS, Check, run_check
from tocsin.testing.recording import Recorded, RecordingControl


class Program(Doors, SQLite):
    def door_dbapi2(self) -> None:
        import sqlite3.dbapi2

        sqlite3.dbapi2.connect(self.database).execute(SELECT).fetchone()

    def door_from_import(self) -> None:
        from sqlite3 import connect

        connect(self.database).execute(SELECT)

    def door_class(self) -> None:
        sqlite3.Connection(self.database).execute(SELECT)

    def door_factory(self) -> None:
        sqlite3.connect(self.database, factory=Shouting).execute(SELECT)

    def door_cursor_factory(self) -> None:
        sqlite3.connect(self.database).cursor(Muttering).execute(SELECT)

    def door_cursor_class(self) -> None:
        sqlite3.Cursor(sqlite3.connect(self.database)).execute(SELECT)

    def door_script(self) -> None:
        sqlite3.connect(self.database).executescript(f"{SELECT};")

    def door_sqlalchemy(self) -> None:
        from sqlalchemy import create_engine

        engine = create_engine(f"sqlite:///{self.database}")
        with engine.connect() as connection:
            connection.exec_driver_sql(SELECT)
        engine.dispose()

    def door_django(self) -> Awaitable[None]:
        from django.db.backends.sqlite3.base import DatabaseWrapper

        return asyncio.to_thread(django_select, DatabaseWrapper, self.database)


class Shouting(sqlite3.Connection):
    """A user's class, made before anything was instrumented."""

    def execute(self, sql: str, *args: Any) -> Any:
        return super().execute(sql, *args)


class Muttering(sqlite3.Cursor):
    def execute(self, sql: str, *args: Any) -> Any:
        return super().execute(sql, *args)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_conforms(check: Check, sqlite_file: Path) -> None:
    run_check(check, sqlite, Program(sqlite_file))
    assert not (sqlite_file / "shop.db").exists()


class World:
    """Two sessions of one instrumented database."""

    def __init__(self, folder: Path, control: RecordingControl) -> None:
        self.path = folder / "copy.db"
        self.control = control

    def connect(self, **options: Any) -> sqlite3.Connection:
        return sqlite3.connect(self.path, **options)


@pytest.fixture
def world(sqlite_file: Path) -> Iterator[World]:
    control = RecordingControl()
    with sqlite.instrument(control), control.request():
        yield World(sqlite_file, control)


UPDATE = "UPDATE tocsin_check SET n = n + 1 WHERE id = 1"


def let_go(world: World, other: sqlite3.Connection) -> None:
    """When parked, the other session commits."""

    def busy(recorded: Recorded) -> None:
        def release() -> bool:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(world.control, "controlled", lambda: False)
                other.commit()
            return True

        recorded.busy = release  # type: ignore[method-assign]

    world.control.parked = busy


@pytest.mark.parametrize("journal", ["delete", "wal"])
@pytest.mark.parametrize("level", ["", None, "IMMEDIATE"])
def test_a_busy_database_parks_the_writer(world: World, journal: str, level: str | None) -> None:
    first, second = world.connect(), world.connect(isolation_level=level)
    first.execute(f"PRAGMA journal_mode={journal}")
    first.execute(UPDATE)
    let_go(world, first)
    second.execute(UPDATE)
    second.commit()
    assert second.execute(SELECT).fetchone() == (12,)


def test_all_others_wait_too(world: World) -> None:
    first, second = world.connect(), world.connect()
    first.execute(UPDATE)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        second.execute(UPDATE)
    assert isinstance(world.control.calls[-1].error, sqlite3.OperationalError)


def asks(world: World) -> list[str]:
    asked: list[str] = []

    def note(recorded: Recorded) -> None:
        def busy() -> bool:
            asked.append(recorded.call.text)
            return False

        recorded.busy = busy  # type: ignore[method-assign]

    world.control.parked = note
    return asked


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_sqlite_does_not_wait_with_a_snapshot_in_hand(world: World, journal: str) -> None:
    first, second = world.connect(), world.connect(isolation_level=None)
    first.execute(f"PRAGMA journal_mode={journal}")
    second.execute("BEGIN")
    second.execute(SELECT).fetchall()
    first.execute(UPDATE)
    asked = asks(world)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        second.execute(UPDATE)
    assert asked == []


def test_sqlite_does_not_wait_with_rows_to_fetch(world: World) -> None:
    first, second = world.connect(), world.connect(isolation_level=None)
    reading = second.execute("SELECT * FROM tocsin_check")
    first.execute(UPDATE)
    asked = asks(world)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        second.execute(UPDATE)
    reading.close()
    assert asked == []
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        second.execute(UPDATE)
    assert asked == [UPDATE]


@pytest.mark.parametrize("how", ["argument", "pragma"])
def test_no_timeout_no_wait(world: World, how: str) -> None:
    first = world.connect()
    second = world.connect(timeout=0) if how == "argument" else world.connect()
    if how == "pragma":
        second.execute("PRAGMA busy_timeout = 0")
    first.execute(UPDATE)
    asked = asks(world)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        second.execute(UPDATE)
    assert asked == []


def test_the_users_timeout_is_back_outside_of_requests(world: World) -> None:
    connection = world.connect(timeout=3)
    connection.execute(UPDATE)
    connection.commit()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.control, "controlled", lambda: False)
        assert connection.execute("PRAGMA busy_timeout").fetchone() == (3000,)


def test_a_commit_waits_for_readers(world: World) -> None:
    first, second = world.connect(), world.connect(isolation_level=None)
    second.execute("BEGIN")
    second.execute(SELECT).fetchall()
    first.execute(UPDATE)
    let_go(world, second)
    first.commit()
    assert world.control.texts()[-1] == "COMMIT"


def test_with_blocks_end_announced(world: World) -> None:
    connection = world.connect()
    with connection:
        connection.execute(UPDATE)
    with pytest.raises(ZeroDivisionError), connection:
        connection.execute(UPDATE)
        raise ZeroDivisionError
    with connection:
        pass
    assert world.control.texts() == [UPDATE, "COMMIT", UPDATE, "ROLLBACK"]


def test_explicit_transactions(world: World) -> None:
    connection = world.connect(isolation_level=None)
    for sql in ("BEGIN", UPDATE, "COMMIT", "COMMIT; -- nothing to end"):
        try:
            connection.execute(sql)
        except sqlite3.OperationalError as error:
            assert "no transaction" in str(error)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(UPDATE)
    connection.rollback()
    connection.execute(UPDATE)
    told = [(each.call.kind, each.call.pauses) for each in world.control.calls]
    assert told == [
        (OpKind.BEGIN, False),
        (OpKind.STATEMENT, True),
        (OpKind.COMMIT, True),
        (OpKind.BEGIN, True),
        (OpKind.STATEMENT, True),
        (OpKind.ROLLBACK, True),
        (OpKind.STATEMENT, True),
    ]
    assert [each.call.autocommit for each in world.control.calls] == [False] * 6 + [True]


def test_leaving_the_legacy_mode_commits(world: World) -> None:
    connection = world.connect()
    connection.execute(UPDATE)
    connection.isolation_level = None
    assert connection.isolation_level is None
    assert world.control.texts() == [UPDATE, "COMMIT"]


def test_scripts_are_told_statement_by_statement(world: World) -> None:
    connection = world.connect()
    connection.execute(UPDATE)
    connection.executescript(f"BEGIN; {UPDATE}; COMMIT; {UPDATE} -- last")
    texts = [text.strip(" ;") for text in world.control.texts()]
    assert texts == [UPDATE, "COMMIT", "BEGIN", UPDATE, "COMMIT", f"{UPDATE} -- last"]
    assert not connection.in_transaction
    assert connection.isolation_level == ""
    assert connection.execute(SELECT).fetchone() == (13,)


def test_many_rows_are_one_statement(world: World) -> None:
    connection = world.connect()
    rows = ((number, number) for number in range(3, 6))
    connection.executemany("INSERT INTO tocsin_check VALUES (?, ?)", rows)
    (insert,) = world.control.calls
    assert insert.rows == 3
    assert insert.call.parameters == [(3, 3), (4, 4), (5, 5)]


def test_many_rows_after_a_wait_are_written_once(world: World) -> None:
    first, second = world.connect(), world.connect(isolation_level=None)
    first.execute(UPDATE)
    let_go(world, first)
    second.executemany("INSERT INTO tocsin_check VALUES (?, ?)", iter([(3, 3), (4, 4)]))
    assert second.execute("SELECT count(*) FROM tocsin_check").fetchone() == (4,)


def test_memory_databases_have_names_of_their_own(world: World) -> None:
    kept = [sqlite3.connect(":memory:") for _ in range(2)]
    kept.append(sqlite3.connect("file:cart?mode=memory&cache=shared", uri=True))
    stores = [session.store for session in world.control.open.values()]
    assert stores == ["sqlite::memory:", "sqlite::memory:2", "sqlite::memory:cart"]
    kept.clear()
    gc.collect()  # a connection and its cache of statements hold each other
    assert not world.control.open


@pytest.mark.skipif(sys.version_info < (3, 12), reason="autocommit is new in 3.12")
def test_the_autocommit_attribute(world: World) -> None:
    connection = world.connect(autocommit=False)
    connection.execute(UPDATE)
    connection.commit()
    always = world.connect(autocommit=True)
    always.execute(UPDATE)
    always.commit()
    assert world.control.texts() == [UPDATE, "COMMIT", UPDATE]
    connection.autocommit = True  # type: ignore[attr-defined]
    assert world.control.texts()[3:] == ["COMMIT"]
