"""PyMySQL: the kit, and what the drivers of MySQL and MariaDB have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pymysql
import pytest
from pymysql import connections, cursors

from tests.stores.programs import SELECT, Doors, MySQL, Sync
from tocsin.model.history import OpKind
from tocsin.stores import pymysql as adapter
from tocsin.testing.check_store import CHECKS, Check, run_check
from tocsin.testing.recording import RecordingControl
from tocsin.testing.servers import MariaDB


class Program(Doors, Sync, MySQL):
    def connect(self) -> Any:
        return pymysql.connect(**self.options, database="shop")

    def places(self) -> tuple[object, ...]:
        return (connections.Connection, cursors.Cursor)

    def door_class(self) -> None:
        with connections.Connection(**self.options, database="shop") as connection:
            connection.cursor().execute(SELECT)

    def door_deferred(self) -> None:
        connection = pymysql.connect(**self.options, database="shop", defer_connect=True)
        connection.connect()
        connection.cursor().execute(SELECT)
        connection.close()

    def door_use(self) -> None:
        with pymysql.connect(**self.options) as connection, connection.cursor() as cursor:
            cursor.execute("USE `shop`;")
            cursor.execute(SELECT)

    def door_select_db(self) -> None:
        with pymysql.connect(**self.options) as connection:
            connection.select_db("shop")
            connection.cursor().execute(SELECT)

    def door_unbuffered(self) -> None:
        with self.connect() as connection, connection.cursor(cursors.SSDictCursor) as cursor:
            cursor.execute(SELECT)
            assert cursor.fetchall() == [{"n": 10}]

    def door_query(self) -> None:
        with self.connect() as connection:
            connection.query(SELECT)

    def door_many(self) -> None:
        with self.connect() as connection, connection.cursor() as cursor:
            insert = "INSERT INTO tocsin_check VALUES (%s, %s)"
            assert cursor.executemany(insert, [(8, 80), (9, 90)]) == 2

    def door_sqlalchemy(self) -> None:
        from sqlalchemy import create_engine

        engine = create_engine(self.url("pymysql"))
        with engine.connect() as connection:
            connection.exec_driver_sql(SELECT)
        engine.dispose()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_conforms(check: Check, mariadb_server: MariaDB, mysql_table: Any) -> None:
    run_check(check, adapter, Program(mariadb_server, mysql_table))


UPDATE = "UPDATE tocsin_check SET n = n + 1"


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


def test_the_transaction_that_nobody_began(connection: Any, control: RecordingControl) -> None:
    cursor = connection.cursor()
    cursor.execute(UPDATE)
    cursor.execute(UPDATE)
    connection.rollback()
    assert [each.call.kind for each in control.calls] == [
        OpKind.STATEMENT,
        OpKind.STATEMENT,
        OpKind.ROLLBACK,
    ]
    assert all(each.call.in_transaction for each in control.calls)
    assert [each.rows for each in control.calls[:2]] == [2, 2]


def test_autocommit(connection: Any, control: RecordingControl) -> None:
    connection.autocommit(True)
    cursor = connection.cursor()
    cursor.execute(UPDATE)
    connection.begin()
    cursor.execute(UPDATE)
    connection.commit()
    kinds = [(each.call.kind, each.call.autocommit) for each in control.calls]
    assert kinds == [
        (OpKind.STATEMENT, True),
        (OpKind.BEGIN, False),
        (OpKind.STATEMENT, False),
        (OpKind.COMMIT, False),
    ]
    assert not control.calls[1].call.pauses


@pytest.mark.parametrize(
    "how",
    [
        lambda connection: connection.autocommit(True),
        lambda connection: connection.cursor().execute("SET autocommit = 1"),
        lambda connection: connection.begin(),
        lambda connection: connection.cursor().execute("START TRANSACTION"),
    ],
    ids=["method", "set", "begin", "start"],
)
def test_what_commits_without_saying_so(
    how: Callable[[Any], object], connection: Any, control: RecordingControl, mysql_table: Any
) -> None:
    connection.cursor().execute(UPDATE)
    how(connection)
    assert control.calls[-1].call.kind is OpKind.COMMIT
    assert control.calls[-1].call.pauses
    assert mysql_table("SELECT sum(n) FROM tocsin_check") == ((32,),)


def test_several_statements_in_one(
    mariadb_server: MariaDB, mysql_table: Any, control: RecordingControl
) -> None:
    many = pymysql.constants.CLIENT.MULTI_STATEMENTS
    options = Program(mariadb_server, mysql_table).options
    with (
        adapter.instrument(control),
        control.request(),
        pymysql.connect(**options, database="shop", client_flag=many) as connection,
    ):
        connection.cursor().execute(f"{UPDATE}; {UPDATE}")
    assert control.texts() == [f"{UPDATE}; {UPDATE}"]


def test_a_table_named_with_its_database_escapes(
    connection: Any, control: RecordingControl
) -> None:
    connection.cursor().execute("SELECT * FROM tocsin_copy.tocsin_check")
    connection.cursor().execute("SELECT * FROM information_schema.tables LIMIT 1")
    (escape,) = control.escapes
    assert escape == ("pymysql: names tocsin_copy.tocsin_check with its database, not the copy's")


def test_an_older_connection_escapes(mariadb_server: MariaDB, mysql_table: Any) -> None:
    control = RecordingControl()
    options = Program(mariadb_server, mysql_table).options
    with (
        pymysql.connect(**options, database="tocsin_copy") as connection,
        adapter.instrument(control),
        control.request(),
    ):
        connection.cursor().execute(SELECT)
    assert "a connection made before tocsin was there" in control.escapes[0]


def test_sessions_know_the_servers_name_for_them(
    connection: Any, control: RecordingControl
) -> None:
    (session,) = control.open.values()
    assert session.pid == connection.thread_id()
    assert session.store == "mysql:shop"
    (parameters,) = control.parameters
    assert parameters["user"] == "root"
    assert "password" not in parameters


def test_connecting_again_leads_to_the_same_place(
    connection: Any, control: RecordingControl
) -> None:
    connection.close()
    connection.connect()
    connection.cursor().execute(SELECT)
    (session,) = control.open.values()
    assert session.store == "mysql:shop"


@pytest.mark.parametrize(
    ("setting", "snapshot"),
    [
        ("SELECT 1", True),
        ("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", False),
        ("SET autocommit = 0; SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE", False),
        ("SET @@session.tx_isolation = 'REPEATABLE-READ'", True),
        ("SET TRANSACTION ISOLATION LEVEL READ COMMITTED", False),
    ],
)
def test_whether_reads_are_of_a_snapshot(
    setting: str,
    snapshot: bool,
    mariadb_server: MariaDB,
    mysql_table: Any,
    control: RecordingControl,
) -> None:
    many = pymysql.constants.CLIENT.MULTI_STATEMENTS
    options = Program(mariadb_server, mysql_table).options
    with (
        adapter.instrument(control),
        pymysql.connect(**options, database="shop", client_flag=many) as connection,
    ):
        connection.cursor().execute(setting)
        connection.rollback()
        with control.request():
            connection.cursor().execute(SELECT)
            connection.rollback()
            connection.autocommit(True)
            connection.cursor().execute(SELECT)
    inside, _, alone = (each.call for each in control.calls)
    assert inside.snapshot is snapshot
    assert not alone.snapshot
