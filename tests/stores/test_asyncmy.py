"""asyncmy: the kit, and what only this driver does."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncmy
import pytest
from asyncmy import connection as connections
from asyncmy import cursors

from tests.stores.programs import SELECT, Doors
from tests.stores.test_aiomysql import AsyncMySQL
from tocsin.stores import asyncmy as adapter
from tocsin.stores import escapes
from tocsin.testing.check_store import CHECKS, Check, run_check
from tocsin.testing.recording import RecordingControl
from tocsin.testing.servers import MariaDB


class Program(Doors, AsyncMySQL):
    async def connect(self) -> Any:
        return await asyncmy.connect(**self.options, db="shop")

    def places(self) -> tuple[object, ...]:
        return (connections.Connection, connections.PreparedStatement)

    async def door_pool(self) -> None:
        async with (
            asyncmy.create_pool(**self.options, db="shop", minsize=1) as pool,
            pool.acquire() as connection,
        ):
            await self.execute(connection, SELECT)

    async def door_use(self) -> None:
        connection = await asyncmy.connect(**self.options)
        await self.execute(connection, "USE shop")
        await self.execute(connection, SELECT)
        await connection.ensure_closed()

    async def door_statements_kept(self) -> None:
        connection = await asyncmy.connect(**self.options, db="shop", stmt_cache_size=8)
        async with connection.cursor() as cursor:
            await cursor.execute("SELECT n FROM tocsin_check WHERE id = %s", (1,))
            assert await cursor.fetchall() == ((10,),)
        connection.close()

    async def door_dictionaries(self) -> None:
        connection = await self.connect()
        async with connection.cursor(cursors.DictCursor) as cursor:
            await cursor.execute(SELECT)
            assert await cursor.fetchall() == [{"n": 10}]
        connection.close()

    async def door_many(self) -> None:
        connection = await self.connect()
        async with connection.cursor() as cursor:
            insert = "INSERT INTO tocsin_check VALUES (%s, %s)"
            assert await cursor.executemany(insert, [(8, 80), (9, 90)]) == 2
        connection.close()

    async def door_sqlalchemy(self) -> None:
        from sqlalchemy.ext.asyncio import create_async_engine

        engine = create_async_engine(self.url("asyncmy"))
        async with engine.connect() as connection:
            await connection.exec_driver_sql(SELECT)
        await engine.dispose()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_conforms(check: Check, mariadb_server: MariaDB, mysql_table: Any) -> None:
    run_check(check, adapter, Program(mariadb_server, mysql_table))


def test_its_socket_is_no_escape_and_its_own_statements_are(
    mariadb_server: MariaDB, mysql_table: Any
) -> None:
    control = RecordingControl({"shop": "tocsin_copy"})
    program = Program(mariadb_server, mysql_table)

    async def script() -> None:
        connection = await program.connect()
        await program.execute(connection, SELECT)
        await connection.commit()
        assert control.escapes == []
        statement = await connection.prepare("SELECT n FROM tocsin_check WHERE id = ?")
        await statement.execute((1,))
        connection.close()

    with adapter.instrument(control), escapes.instrument(control), control.request():
        asyncio.run(script())
    assert "asyncmy: executes a statement that it has prepared itself" in control.escapes
