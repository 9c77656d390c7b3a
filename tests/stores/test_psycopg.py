"""psycopg 3: the kit, sync and async, and what only this driver does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg import _connection_base, _cursor_base, _server_cursor_base, connect, sql

from tests.stores.programs import SELECT, Doors, PostgreSQL, Sync, django_select
from tocsin.model.history import OpKind
from tocsin.stores import psycopg as adapter
from tocsin.testing.check_store import CHECKS, Check, run_check
from tocsin.testing.recording import RecordingControl


class Program(Doors, Sync, PostgreSQL):
    def connect(self) -> Any:
        return psycopg.connect(**self.server)

    def places(self) -> tuple[object, ...]:
        return (
            psycopg.Connection,
            psycopg.AsyncConnection,
            _connection_base.BaseConnection,
            _cursor_base.BaseCursor,
            _server_cursor_base.ServerCursorMixin,
        )

    def door_from_import(self) -> None:
        with connect(**self.server) as connection:
            connection.execute(SELECT)

    def door_class(self) -> None:
        with psycopg.Connection.connect(**self.server) as connection:
            connection.execute(SELECT)

    def door_composed(self) -> None:
        with self.connect() as connection:
            connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier("tocsin_check")))

    def door_client_cursor(self) -> None:
        with psycopg.connect(**self.server, cursor_factory=psycopg.ClientCursor) as connection:
            connection.execute(SELECT)

    def door_server_cursor(self) -> None:
        with self.connect() as connection, connection.cursor("served") as cursor:
            cursor.execute(SELECT)
            assert cursor.fetchall() == [(10,)]

    def door_stream(self) -> None:
        with self.connect() as connection, connection.cursor() as cursor:
            assert list(cursor.stream(SELECT)) == [(10,)]

    def door_copy(self) -> None:
        with (
            self.connect() as connection,
            connection.cursor() as cursor,
            cursor.copy("COPY tocsin_check TO STDOUT") as copy,
        ):
            assert len(list(copy.rows())) == 2

    def door_pipeline(self) -> None:
        with self.connect() as connection, connection.pipeline():
            assert connection.execute(SELECT).fetchone() == (10,)

    def door_sqlalchemy(self) -> None:
        from sqlalchemy import create_engine

        engine = create_engine(self.url("psycopg"))
        with engine.connect() as connection:
            connection.exec_driver_sql(SELECT)
        engine.dispose()

    def door_django(self) -> Awaitable[None]:
        from django.db.backends.postgresql.base import DatabaseWrapper

        return asyncio.to_thread(
            django_select, DatabaseWrapper, "shop", HOST=self.server["host"], USER="postgres"
        )


class AsyncProgram(Doors, PostgreSQL):
    async def connect(self) -> Any:
        return await psycopg.AsyncConnection.connect(**self.server)

    async def execute(self, connection: Any, sql: str, *parameters: object) -> Any:
        cursor = await connection.execute(sql, parameters)
        return await cursor.fetchall() if cursor.description else []

    async def commit(self, connection: Any) -> None:
        await connection.commit()

    async def rollback(self, connection: Any) -> None:
        await connection.rollback()

    async def close(self, connection: Any) -> None:
        await connection.close()

    def places(self) -> tuple[object, ...]:
        return (psycopg.AsyncConnection, _connection_base.BaseConnection, _cursor_base.BaseCursor)

    async def door_transaction(self) -> None:
        async with await self.connect() as connection, connection.transaction():
            await connection.execute(SELECT)

    async def door_sqlalchemy(self) -> None:
        from sqlalchemy.ext.asyncio import create_async_engine

        engine = create_async_engine(self.url("psycopg"))
        async with engine.connect() as connection:
            await connection.exec_driver_sql(SELECT)
        await engine.dispose()


@pytest.mark.parametrize("program", [Program, AsyncProgram])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_conforms(
    check: Check, program: type[Program | AsyncProgram], server: dict[str, str], table: Any
) -> None:
    run_check(check, adapter, program(server, table))


@pytest.fixture
def control() -> RecordingControl:
    return RecordingControl({"shop": "tocsin_copy"})


@pytest.fixture
def connection(
    server: dict[str, str], table: Any, control: RecordingControl
) -> Iterator[psycopg.Connection[Any]]:
    with adapter.instrument(control), control.request():
        made = psycopg.connect(**(server | {"dbname": "shop"}))
        yield made
        made.close()


UPDATE = "UPDATE tocsin_check SET n = n + 1"


def test_the_implicit_begin_is_recorded(
    connection: psycopg.Connection[Any], control: RecordingControl
) -> None:
    connection.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
    connection.execute(UPDATE)
    begin, update = control.calls
    assert (begin.call.kind, begin.call.pauses) == (OpKind.BEGIN, False)
    assert begin.call.text == "BEGIN ISOLATION LEVEL SERIALIZABLE"
    assert begin.ended
    assert update.call.in_transaction
    assert update.rows == 2


def test_transactions_nest(connection: psycopg.Connection[Any], control: RecordingControl) -> None:
    connection.autocommit = True
    with connection.transaction():
        connection.execute(UPDATE)
        with pytest.raises(ZeroDivisionError), connection.transaction():
            raise ZeroDivisionError
    connection.execute(UPDATE)
    kinds = [each.call.kind for each in control.calls]
    assert kinds[0] is OpKind.BEGIN
    assert kinds[-2:] == [OpKind.COMMIT, OpKind.STATEMENT]
    assert OpKind.ROLLBACK not in kinds  # that was one to a savepoint
    assert control.texts()[2].startswith("SAVEPOINT")
    assert control.calls[-1].call.autocommit


def test_with_blocks_end_announced(
    connection: psycopg.Connection[Any], control: RecordingControl
) -> None:
    with pytest.raises(ZeroDivisionError), connection:
        connection.execute(UPDATE)
        raise ZeroDivisionError
    assert control.texts() == ["BEGIN", UPDATE, "ROLLBACK"]


def test_many_rows(connection: psycopg.Connection[Any], control: RecordingControl) -> None:
    insert = "INSERT INTO tocsin_check VALUES (%s, %s)"
    connection.cursor().executemany(insert, ((number, 0) for number in (3, 4)))
    statement = control.calls[-1]
    assert statement.call.parameters == [(3, 0), (4, 0)]
    assert statement.rows == 2
    assert connection.execute("SELECT count(*) FROM tocsin_check").fetchone() == (4,)


def test_a_pipelined_statement_is_done_when_its_turn_ends(
    connection: psycopg.Connection[Any], control: RecordingControl, table: Any
) -> None:
    connection.autocommit = True
    with connection.pipeline(), connection.transaction():
        connection.execute(UPDATE)
        assert control.calls[-1].rows == 2
    assert control.texts() == ["BEGIN", UPDATE, "COMMIT"]
    assert table.execute("SELECT sum(n) FROM tocsin_check").fetchone() == (32,)


def test_an_older_connection_escapes(server: dict[str, str], table: Any) -> None:
    control = RecordingControl()
    with (
        psycopg.connect(**(server | {"dbname": "tocsin_copy"})) as connection,
        adapter.instrument(control),
        control.request(),
    ):
        connection.execute(SELECT)
    assert "a connection made before tocsin was there" in control.escapes[0]


def test_the_parameters_are_resolved(
    server: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / "services").write_text(f"[shop]\nhost={server['host']}\ndbname=shop\n")
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
    monkeypatch.setenv("PGUSER", "postgres")
    control = RecordingControl({"shop": "postgres"})
    with adapter.instrument(control), psycopg.connect("service=shop") as connection:
        assert connection.info.dbname == "postgres"
        (session,) = control.open.values()
        assert session.pid == connection.info.backend_pid
        assert session.store == "postgresql:shop"
    (parameters,) = control.parameters
    assert parameters["user"] == "postgres"
    assert parameters["host"] == server["host"]
