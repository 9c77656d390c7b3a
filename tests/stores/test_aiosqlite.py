"""aiosqlite: the kit; statements run in a thread, on behalf of the request that queued them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import aiosqlite
import pytest

from tests.stores.programs import SELECT, Doors, SQLite
from tocsin.stores import aiosqlite as adapter
from tocsin.stores import sqlite
from tocsin.stores.control import Control
from tocsin.testing.check_store import CHECKS, Check, run_check


class Both:
    """aiosqlite announces nothing without sqlite3 underneath."""

    name = adapter.name
    modules = adapter.modules + sqlite.modules

    def instrument(self, control: Control) -> AbstractContextManager[None]:
        return self._instrument(control)

    @contextmanager
    def _instrument(self, control: Control) -> Iterator[None]:
        with sqlite.instrument(control), adapter.instrument(control):
            yield


class Program(Doors, SQLite):
    async def connect(self) -> Any:
        return await aiosqlite.connect(self.database)

    async def execute(self, connection: Any, sql: str, *parameters: object) -> Any:
        async with connection.execute(sql, parameters) as cursor:
            return await cursor.fetchall()

    async def commit(self, connection: Any) -> None:
        await connection.commit()

    async def rollback(self, connection: Any) -> None:
        await connection.rollback()

    async def close(self, connection: Any) -> None:
        await connection.close()

    def places(self) -> tuple[object, ...]:
        return (*super().places(), aiosqlite.Connection)

    async def door_fetchall(self) -> None:
        async with aiosqlite.connect(self.database) as connection:
            await connection.execute_fetchall(SELECT)

    async def door_script(self) -> None:
        async with aiosqlite.connect(self.database) as connection:
            await connection.executescript(f"{SELECT};")

    async def door_sqlalchemy(self) -> None:
        from sqlalchemy.ext.asyncio import create_async_engine

        engine = create_async_engine(f"sqlite+aiosqlite:///{self.database}")
        async with engine.connect() as connection:
            await connection.exec_driver_sql(SELECT)
        await engine.dispose()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_conforms(check: Check, sqlite_file: Path) -> None:
    run_check(check, Both(), Program(sqlite_file))
