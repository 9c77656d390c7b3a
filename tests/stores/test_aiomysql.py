"""aiomysql: the kit."""

from __future__ import annotations

from typing import Any

import aiomysql
import pytest
from aiomysql import connection as connections
from aiomysql import cursors

from tests.stores.programs import SELECT, Doors, MySQL
from tocsin.stores import aiomysql as adapter
from tocsin.testing.check_store import CHECKS, Check, run_check
from tocsin.testing.servers import MariaDB


class AsyncMySQL(MySQL):
    """What the two drivers that are awaited have in common."""

    async def execute(self, connection: Any, sql: str, *parameters: object) -> Any:
        async with connection.cursor() as cursor:
            await cursor.execute(sql, parameters)
            return await cursor.fetchall() if cursor.description else []

    async def commit(self, connection: Any) -> None:
        await connection.commit()

    async def rollback(self, connection: Any) -> None:
        await connection.rollback()

    async def close(self, connection: Any) -> None:
        await connection.ensure_closed()


class Program(Doors, AsyncMySQL):
    async def connect(self) -> Any:
        return await aiomysql.connect(**self.options, db="shop")

    def places(self) -> tuple[object, ...]:
        return (connections.Connection, cursors.Cursor)

    async def door_pool(self) -> None:
        async with (
            aiomysql.create_pool(**self.options, db="shop", minsize=1) as pool,
            pool.acquire() as connection,
        ):
            await self.execute(connection, SELECT)

    async def door_use(self) -> None:
        connection = await aiomysql.connect(**self.options)
        await self.execute(connection, "USE shop")
        await self.execute(connection, SELECT)
        await connection.ensure_closed()

    async def door_select_db(self) -> None:
        connection = await aiomysql.connect(**self.options)
        await connection.select_db("shop")
        await self.execute(connection, SELECT)
        connection.close()

    async def door_dictionaries(self) -> None:
        connection = await self.connect()
        async with connection.cursor(aiomysql.SSDictCursor) as cursor:
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

        engine = create_async_engine(self.url("aiomysql"))
        async with engine.connect() as connection:
            await connection.exec_driver_sql(SELECT)
        await engine.dispose()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_conforms(check: Check, mariadb_server: MariaDB, mysql_table: Any) -> None:
    run_check(check, adapter, Program(mariadb_server, mysql_table))
