"""psycopg2: the kit, and what only this driver does."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psycopg2
import psycopg2.extensions
import psycopg2.extras
import psycopg2.pool
import pytest
from psycopg2 import connect, sql

from tests.stores.programs import SELECT, Doors, PostgreSQL, Sync
from tocsin.model.history import OpKind
from tocsin.stores import psycopg2 as adapter
from tocsin.testing.check_store import CHECKS, Check, run_check
from tocsin.testing.recording import RecordingControl


class Program(Doors, Sync, PostgreSQL):
    def connect(self) -> Any:
        return psycopg2.connect(**self.server)

    def places(self) -> tuple[object, ...]:
        return (psycopg2, psycopg2._psycopg, psycopg2.extensions)

    def _select(self, connection: Any, **cursor: Any) -> None:
        connection.cursor(**cursor).execute(SELECT)
        connection.close()

    def door_from_import(self) -> None:
        self._select(connect(**self.server))

    def door_dsn(self) -> None:
        dsn = psycopg2.extensions.make_dsn(**self.server)
        self._select(psycopg2.connect(dsn))

    def door_class(self) -> None:
        dsn = psycopg2.extensions.make_dsn(**self.server)
        self._select(psycopg2.extensions.connection(dsn))

    def door_pool(self) -> None:
        pool = psycopg2.pool.ThreadedConnectionPool(1, 1, **self.server)
        connection = pool.getconn()
        connection.cursor().execute(SELECT)
        pool.putconn(connection)
        pool.closeall()

    def door_dict_cursor(self) -> None:
        factory = psycopg2.extras.RealDictCursor
        self._select(psycopg2.connect(**self.server, cursor_factory=factory))

    def door_cursor_factory(self) -> None:
        self._select(self.connect(), cursor_factory=psycopg2.extras.DictCursor)

    def door_logging(self) -> None:
        factory = psycopg2.extras.LoggingConnection
        connection = psycopg2.connect(**self.server, connection_factory=factory)
        connection.initialize(io.StringIO())
        self._select(connection)

    def door_named_cursor(self) -> None:
        connection = self.connect()
        cursor = connection.cursor("served")
        cursor.execute(SELECT)
        assert cursor.fetchall() == [(10,)]
        connection.close()

    def door_composed(self) -> None:
        query = sql.SQL("SELECT n FROM {}").format(sql.Identifier("tocsin_check"))
        self.connect().cursor().execute(query)

    def door_sqlalchemy(self) -> None:
        from sqlalchemy import create_engine

        engine = create_engine(self.url("psycopg2"))
        with engine.connect() as connection:
            connection.exec_driver_sql(SELECT)
        engine.dispose()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_conforms(check: Check, server: dict[str, str], table: Any) -> None:
    run_check(check, adapter, Program(server, table))


@pytest.fixture
def control() -> RecordingControl:
    return RecordingControl({"shop": "tocsin_copy"})


@pytest.fixture
def connection(server: dict[str, str], table: Any, control: RecordingControl) -> Iterator[Any]:
    with adapter.instrument(control), control.request():
        made = psycopg2.connect(**(server | {"dbname": "shop"}))
        yield made
        made.close()


UPDATE = "UPDATE tocsin_check SET n = n + 1"


def test_the_implicit_begin_is_recorded(connection: Any, control: RecordingControl) -> None:
    connection.set_session(isolation_level="SERIALIZABLE")
    connection.cursor().execute(UPDATE)
    begin, update = control.calls
    assert (begin.call.kind, begin.call.pauses) == (OpKind.BEGIN, False)
    assert begin.call.text == "BEGIN ISOLATION LEVEL SERIALIZABLE"
    assert update.rows == 2


def test_with_blocks_end_announced(connection: Any, control: RecordingControl) -> None:
    with connection, connection.cursor() as cursor:
        cursor.execute(UPDATE)
    with pytest.raises(ZeroDivisionError), connection, connection.cursor() as cursor:
        cursor.execute(UPDATE)
        raise ZeroDivisionError
    assert control.texts() == ["BEGIN", UPDATE, "COMMIT", "BEGIN", UPDATE, "ROLLBACK"]


def test_autocommit(connection: Any, control: RecordingControl) -> None:
    connection.autocommit = True
    connection.cursor().execute(UPDATE)
    connection.commit()
    (update,) = control.calls
    assert update.call.autocommit
    assert not update.call.in_transaction
    connection.cursor().execute("BEGIN")
    connection.cursor().execute(UPDATE)
    connection.commit()  # psycopg2 does nothing here
    connection.cursor().execute("ROLLBACK")
    assert control.texts()[1:] == ["BEGIN", UPDATE, "ROLLBACK"]


@pytest.mark.parametrize("method", ["reset", "rollback", "set_isolation_level"])
def test_what_rolls_back(connection: Any, control: RecordingControl, method: str) -> None:
    connection.cursor().execute(UPDATE)
    getattr(connection, method)(*([1] if method == "set_isolation_level" else []))
    assert control.texts() == ["BEGIN", UPDATE, "ROLLBACK"]


def test_many_rows(connection: Any, control: RecordingControl) -> None:
    insert = "INSERT INTO tocsin_check VALUES (%s, %s)"
    cursor = connection.cursor()
    cursor.executemany(insert, ((number, 0) for number in (3, 4)))
    psycopg2.extras.execute_values(cursor, "INSERT INTO tocsin_check VALUES %s", [(5, 0), (6, 0)])
    psycopg2.extras.execute_batch(cursor, insert, [(7, 0), (8, 0)])
    assert len(control.texts(OpKind.STATEMENT)) == 3
    assert control.calls[1].call.parameters == [(3, 0), (4, 0)]
    cursor.execute("SELECT count(*) FROM tocsin_check")
    assert cursor.fetchone() == (8,)


def test_copies_and_procedures(connection: Any, control: RecordingControl) -> None:
    cursor = connection.cursor()
    cursor.copy_from(io.StringIO("3\t30\n"), "tocsin_check")
    cursor.copy_expert("COPY tocsin_check FROM STDIN", io.StringIO("4\t40\n"))
    cursor.copy_to(out := io.StringIO(), "tocsin_check")
    cursor.callproc("pg_backend_pid")
    assert out.getvalue().splitlines()[2:] == ["3\t30", "4\t40"]
    assert control.texts(OpKind.STATEMENT) == [
        'COPY "tocsin_check" FROM STDIN',
        "COPY tocsin_check FROM STDIN",
        'COPY "tocsin_check" TO STDOUT',
        "SELECT * FROM pg_backend_pid()",
    ]


def test_large_objects_escape(connection: Any, control: RecordingControl) -> None:
    connection.lobject()
    assert control.escapes == ["psycopg2: a large object"]


def test_the_session_has_the_servers_pid(connection: Any, control: RecordingControl) -> None:
    (session,) = control.open.values()
    assert session.pid == connection.get_backend_pid()
    assert session.store == "postgresql:shop"


DJANGO = """
import sys
sys.modules["psycopg"] = None  # Django would prefer it
from tocsin.stores import psycopg2
from tocsin.testing.recording import RecordingControl
from tests.stores.programs import SELECT, django_select
control = RecordingControl({"shop": "tocsin_copy"})
with psycopg2.instrument(control):
    from django.db.backends.postgresql.base import DatabaseWrapper
    with control.request():
        django_select(DatabaseWrapper, "shop", HOST=sys.argv[1], USER="postgres")
assert SELECT in control.texts(), control.texts()
assert not control.escapes
"""


def test_django(server: dict[str, str], table: Any) -> None:
    command = [sys.executable, "-W", "ignore", "-c", DJANGO, server["host"]]
    subprocess.run(command, check=True)
