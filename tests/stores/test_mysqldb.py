"""mysqlclient: the kit, and what is followed because the library does not tell."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator
from typing import Any

import pytest

from tests.stores.programs import SELECT, Doors, MySQL, Sync, django_select
from tocsin.model.history import OpKind
from tocsin.stores import mysqldb as adapter
from tocsin.testing.check_store import CHECKS, Check, run_check
from tocsin.testing.recording import RecordingControl
from tocsin.testing.servers import MariaDB

MySQLdb = pytest.importorskip("MySQLdb", reason="mysqlclient is compiled where it is installed")

UPDATE = "UPDATE tocsin_check SET n = n + 1"


class Program(Doors, Sync, MySQL):
    def connect(self) -> Any:
        return MySQLdb.connect(**self.options, database="shop")

    def places(self) -> tuple[object, ...]:
        return (MySQLdb.connections.Connection, MySQLdb.cursors.BaseCursor)

    def door_positions(self) -> None:
        connection = MySQLdb.Connection(
            "localhost", "root", "", "shop", 0, self.options["unix_socket"]
        )
        connection.cursor().execute(SELECT)
        connection.close()

    def door_older_names(self) -> None:
        connection = MySQLdb.connect(**self.options, db="shop", passwd="")
        connection.cursor().execute(SELECT)
        connection.close()

    def door_use(self) -> None:
        connection = MySQLdb.connect(**self.options)
        cursor = connection.cursor()
        cursor.execute("USE shop")
        cursor.execute(SELECT)
        connection.close()

    def door_select_db(self) -> None:
        connection = MySQLdb.connect(**self.options)
        connection.select_db("shop")
        connection.cursor().execute(SELECT)
        connection.close()

    def door_query(self) -> None:
        connection = self.connect()
        connection.query(SELECT.encode())
        connection.store_result()
        connection.close()

    def door_many(self) -> None:
        connection = self.connect()
        insert = "INSERT INTO tocsin_check VALUES (%s, %s)"
        assert connection.cursor().executemany(insert, [(8, 80), (9, 90)]) == 2
        connection.close()

    def door_sqlalchemy(self) -> None:
        from sqlalchemy import create_engine

        engine = create_engine(self.url("mysqldb"))
        with engine.connect() as connection:
            connection.exec_driver_sql(SELECT)
        engine.dispose()

    def door_django(self) -> Awaitable[None]:
        from django.db.backends.mysql.base import DatabaseWrapper

        return asyncio.to_thread(
            django_select, DatabaseWrapper, "shop", HOST=self.server.socket, USER="root"
        )


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_conforms(check: Check, mariadb_server: MariaDB, mysql_table: Any) -> None:
    run_check(check, adapter, Program(mariadb_server, mysql_table))


@pytest.fixture
def control() -> RecordingControl:
    return RecordingControl({"shop": "tocsin_copy"})


@pytest.fixture
def connection(
    mariadb_server: MariaDB, mysql_table: Any, control: RecordingControl
) -> Iterator[Any]:
    with adapter.instrument(control), control.request():
        made = Program(mariadb_server, mysql_table).connect()
        yield made
        made.close()


@pytest.mark.parametrize(
    ("statement", "open_"),
    [
        (UPDATE, True),
        (f"/* noted */ {UPDATE}", True),
        ("SELECT n FROM tocsin_check", True),
        ("SET @x = 1", False),
        ("SAVEPOINT s", True),
        ("CREATE TEMPORARY TABLE t (n int)", False),
    ],
)
def test_whether_a_transaction_is_open_is_followed(
    statement: str, open_: bool, connection: Any, control: RecordingControl
) -> None:
    cursor = connection.cursor()
    cursor.execute(statement)
    cursor.fetchall()
    connection.commit()
    assert (control.calls[-1].call.kind is OpKind.COMMIT) == open_


def test_a_rollback_to_a_savepoint_ends_nothing(connection: Any, control: RecordingControl) -> None:
    cursor = connection.cursor()
    for statement in ("SAVEPOINT s", UPDATE, "ROLLBACK TO SAVEPOINT s"):
        cursor.execute(statement)
    connection.rollback()
    assert [each.call.kind for each in control.calls][-2:] == [OpKind.STATEMENT, OpKind.ROLLBACK]


def test_an_option_file_may_name_the_database(
    mariadb_server: MariaDB, mysql_table: Any, control: RecordingControl, tmp_path: Any
) -> None:
    options = tmp_path / "my.cnf"
    options.write_text(
        f"[client]\nsocket={mariadb_server.socket}\nuser=root\ndatabase=tocsin_asked\n"
    )
    mariadb_server.run("CREATE DATABASE IF NOT EXISTS tocsin_asked")
    led = RecordingControl({"tocsin_asked": "tocsin_copy"})
    with adapter.instrument(led), led.request():
        connection = MySQLdb.connect(read_default_file=str(options))
        cursor = connection.cursor()
        cursor.execute("SELECT DATABASE()")
        assert cursor.fetchone() == ("tocsin_copy",)
        connection.close()
    assert led.texts() == ["SELECT DATABASE()"]
