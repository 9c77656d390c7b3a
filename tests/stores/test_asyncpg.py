"""asyncpg: the kit, and what only this driver does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import asyncpg
import pytest
from asyncpg import connect_utils
from asyncpg.protocol import protocol

from tests.stores.programs import SELECT, Doors, PostgreSQL
from tocsin.explore.drivers.awaiting import awaits_io
from tocsin.model.history import OpKind
from tocsin.stores import asyncpg as adapter
from tocsin.testing.check_store import CHECKS, Check, run_check
from tocsin.testing.recording import RecordingControl


class Program(Doors, PostgreSQL):
    parameter = "${n}"

    async def connect(self) -> Any:
        return await asyncpg.connect(
            host=self.server["host"], user="postgres", database=self.database
        )

    async def execute(self, connection: Any, sql: str, *parameters: object) -> Any:
        if not connection.is_in_transaction():
            await connection.execute("BEGIN")
        return await connection.fetch(sql, *parameters)

    async def commit(self, connection: Any) -> None:
        await connection.execute("COMMIT")

    async def rollback(self, connection: Any) -> None:
        await connection.execute("ROLLBACK")

    async def close(self, connection: Any) -> None:
        await connection.close()

    def places(self) -> tuple[object, ...]:
        return (protocol.Protocol, connect_utils)

    def _options(self) -> dict[str, Any]:
        return {"host": self.server["host"], "user": "postgres", "database": "shop"}

    async def door_dsn(self) -> None:
        connection = await asyncpg.connect(
            f"postgresql://postgres@/shop?host={self.server['host']}"
        )
        await connection.fetchrow(SELECT)
        await connection.close()

    async def door_pool(self) -> None:
        async with asyncpg.create_pool(**self._options(), min_size=1, max_size=2) as pool:
            assert await pool.fetchval(SELECT) == 10

    async def door_prepared(self) -> None:
        connection = await self.connect()
        statement = await connection.prepare(SELECT)
        assert await statement.fetchval() == 10
        await connection.close()

    async def door_cursor(self) -> None:
        connection = await self.connect()
        async with connection.transaction():
            assert [tuple(row) async for row in connection.cursor(SELECT)] == [(10,)]
        await connection.close()

    async def door_many(self) -> None:
        connection = await self.connect()
        await connection.executemany("DELETE FROM tocsin_check WHERE id = $1", [(8,), (9,)])
        await connection.close()

    async def door_copy(self) -> None:
        connection = await self.connect()
        await connection.copy_records_to_table("tocsin_check", records=[(7, 70)])
        await connection.close()

    async def door_sqlalchemy(self) -> None:
        from sqlalchemy.ext.asyncio import create_async_engine

        engine = create_async_engine(self.url("asyncpg"))
        async with engine.connect() as connection:
            await connection.exec_driver_sql(SELECT)
        await engine.dispose()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_conforms(check: Check, server: dict[str, str], table: Any) -> None:
    run_check(check, adapter, Program(server, table))


UPDATE = "UPDATE tocsin_check SET n = n + 1"


@pytest.fixture
def running(server: dict[str, str], table: Any) -> Callable[..., RecordingControl]:
    """Runs a coroutine function with a connection, controlled."""

    def run(script: Callable[[Any], Awaitable[None]]) -> RecordingControl:
        control = RecordingControl({"shop": "tocsin_copy"})

        async def scripted() -> None:
            connection = await Program(server, table).connect()
            with control.request():
                await script(connection)
            await connection.close()

        with adapter.instrument(control):
            asyncio.run(scripted())
        return control

    return run


def test_transactions(running: Callable[..., RecordingControl]) -> None:
    async def script(connection: Any) -> None:
        async with connection.transaction(isolation="serializable"):
            assert await connection.execute(UPDATE) == "UPDATE 2"
            with suppress(ZeroDivisionError):
                async with connection.transaction():
                    raise ZeroDivisionError
        await connection.execute(UPDATE)

    control = running(script)
    begin, update, *_, commit, alone = control.calls
    assert begin.call.text == "BEGIN ISOLATION LEVEL SERIALIZABLE;"
    assert not begin.call.pauses
    assert update.call.in_transaction
    assert update.rows == 2
    assert commit.call.kind is OpKind.COMMIT
    assert alone.call.autocommit
    assert OpKind.ROLLBACK not in [each.call.kind for each in control.calls]


def test_rows_are_counted_with_and_without_a_status(
    running: Callable[..., RecordingControl],
) -> None:
    async def script(connection: Any) -> None:
        assert await connection.fetch("UPDATE tocsin_check SET n = $1", 5) == []
        assert await connection.fetch("SELECT id FROM tocsin_check") == [(1,), (2,)]
        assert await connection.execute("DELETE FROM tocsin_check WHERE id = $1", 1) == "DELETE 1"

    assert [each.rows for each in running(script).calls] == [2, 2, 1]


def test_questions_about_types_are_the_drivers_own(
    running: Callable[..., RecordingControl],
) -> None:
    async def script(connection: Any) -> None:
        await connection.execute("CREATE TYPE pg_temp.colour AS ENUM ('red', 'blue')")
        await connection.fetchval("SELECT $1::colour", "red")

    assert len(running(script).calls) == 2


def test_terminated_connections_are_closed(
    running: Callable[..., RecordingControl],
) -> None:
    async def script(connection: Any) -> None:
        connection.terminate()
        await asyncio.sleep(0)

    assert not running(script).open


def test_a_statement_on_its_way_waits_for_the_server(server: dict[str, str]) -> None:
    async def told() -> bool:
        connection = await asyncpg.connect(host=server["host"], user="postgres")
        sent = connection.fetchval("SELECT 1")
        sent.send(None)
        answer = awaits_io(sent)
        sent.close()
        connection.terminate()
        return answer

    assert asyncio.run(told())
