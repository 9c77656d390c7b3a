"""The kit's programs: one per driver, through its plainest door and through all others."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tocsin.testing.check_store import Program

SELECT = "SELECT n FROM tocsin_check WHERE id = 1"


class Sync(Program):
    """What DB-API drivers have in common."""

    def execute(self, connection: Any, sql: str, *parameters: object) -> Any:
        cursor = connection.cursor()
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []

    def commit(self, connection: Any) -> Any:
        return connection.commit()

    def rollback(self, connection: Any) -> Any:
        return connection.rollback()

    def close(self, connection: Any) -> Any:
        return connection.close()


class SQLite(Sync):
    parameter = "?"

    def __init__(self, folder: Path) -> None:
        self.database = str(folder / "shop.db")
        self.redirect = {self.database: str(folder / "copy.db")}
        copy = folder / "copy.db"
        self._watching = sqlite3.connect(copy, isolation_level=None, check_same_thread=False)

    def connect(self) -> Any:
        return sqlite3.connect(self.database)

    def look(self) -> list[tuple[Any, ...]]:
        return self._watching.execute("SELECT * FROM tocsin_check ORDER BY id").fetchall()

    def places(self) -> tuple[object, ...]:
        import _sqlite3

        return (sqlite3, sqlite3.dbapi2, _sqlite3)


class PostgreSQL(Program):
    def __init__(self, server: dict[str, str], watching: Any) -> None:
        self.database = "shop"
        self.redirect = {"shop": "tocsin_copy"}
        self.server = server | {"dbname": "shop"}
        self._watching = watching

    def look(self) -> list[tuple[Any, ...]]:
        rows = self._watching.execute("SELECT * FROM tocsin_check ORDER BY id").fetchall()
        return [tuple(row) for row in rows]

    def url(self, driver: str) -> str:
        """For SQLAlchemy."""
        return f"postgresql+{driver}://postgres:@/shop?host={self.server['host']}"


class MySQL(Program):
    """``tocsin_copy`` on a MariaDB server; ``watching`` reads it past the driver."""

    def __init__(self, server: Any, watching: Any) -> None:
        self.database = "shop"
        self.redirect = {"shop": "tocsin_copy"}
        self.server = server
        self._watching = watching

    def look(self) -> list[tuple[Any, ...]]:
        return list(self._watching("SELECT * FROM tocsin_check ORDER BY id"))

    @property
    def options(self) -> dict[str, Any]:
        return {"unix_socket": self.server.socket, "user": self.server.user}

    def url(self, driver: str) -> str:
        """For SQLAlchemy."""
        return str(self.server.url(driver, "shop"))


class Doors:
    """A program's doors, as methods named ``door_…``."""

    def doors(self) -> Mapping[str, Callable[[], Any]]:
        return {
            name.removeprefix("door_"): getattr(self, name)
            for name in dir(self)
            if name.startswith("door_")
        }


def django_select(wrapper: Any, name: str, **settings: Any) -> None:
    """One query of a Django connection, without a Django project around it."""
    import django
    from django.conf import settings as project

    if not project.configured:
        project.configure(USE_TZ=True)
        django.setup()
    usual = {
        "NAME": name,
        "OPTIONS": {},
        "TIME_ZONE": None,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": False,
        "AUTOCOMMIT": True,
        "ATOMIC_REQUESTS": False,
        "USER": "",
        "PASSWORD": "",
        "HOST": "",
        "PORT": "",
    }
    connection = wrapper(usual | settings, alias="default")
    try:
        with connection.cursor() as cursor:
            cursor.execute(SELECT)
            cursor.fetchone()
    finally:
        connection.close()
