"""The copy of a MariaDB database: complete, put back after every run, gone in the end."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from typing import Any

import pymysql
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.explore.state.conftest import Records
from tocsin.explore.state.base import BadQuery, StillLocked
from tocsin.explore.state.mysql import MySQLState, Refused, WorldChanged
from tocsin.explore.state.mysql_place import clean_up
from tocsin.model.access import Item
from tocsin.stores.control import Session
from tocsin.testing.servers import MariaDB

SHOP = """
CREATE TABLE customers (
  id int AUTO_INCREMENT PRIMARY KEY, name varchar(50) UNIQUE, settings json, key_ blob
);
CREATE TABLE Orders (
  id int AUTO_INCREMENT PRIMARY KEY,
  customer int, amount decimal(10, 2) DEFAULT 0, twice decimal(12, 2) AS (amount * 2) STORED,
  made timestamp DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  FOREIGN KEY (customer) REFERENCES customers (id) ON DELETE CASCADE
);
CREATE TABLE log (line text, at datetime);
CREATE TABLE stock (`Item Name` varchar(20) PRIMARY KEY, left_over int, price double);
CREATE TABLE counted (id int AUTO_INCREMENT PRIMARY KEY) AUTO_INCREMENT = 100;
CREATE SEQUENCE tickets;
CREATE VIEW big AS SELECT * FROM small WHERE amount > 20;
CREATE VIEW small AS SELECT id, amount FROM Orders WHERE amount < 40;
CREATE FUNCTION answer() RETURNS int DETERMINISTIC RETURN 42;
INSERT INTO customers (name, settings, key_) SELECT concat('c', seq), '{"a": 1}', x'ff00'
  FROM seq_1_to_5;
INSERT INTO Orders (customer, amount, made) SELECT seq, seq * 10, '2026-01-01' FROM seq_1_to_5;
INSERT INTO log VALUES ('started', '2026-01-01'), ('started', '2026-01-01');
INSERT INTO stock VALUES ('pen', 3, 0.1), ('ink', 0, NULL);
SELECT nextval(tickets);
""".replace("CREATE VIEW big AS SELECT * FROM small WHERE amount > 20;\n", "").replace(
    "CREATE FUNCTION",
    "CREATE VIEW big AS SELECT * FROM small WHERE amount > 20;\nCREATE FUNCTION",
)
TABLES = ("customers", "Orders", "log", "stock", "counted")
EVERYTHING = (Item("mysql:shop", None),)

Ask = Callable[[str], tuple[tuple[Any, ...], ...]]


def asking(server: MariaDB, database: str, **options: Any) -> tuple[Ask, Any]:
    line = pymysql.connect(
        unix_socket=server.socket, user="root", database=database, autocommit=True, **options
    )

    def ask(sql: str) -> tuple[tuple[Any, ...], ...]:
        with line.cursor() as cursor:
            cursor.execute(sql)
            return tuple(cursor.fetchall())

    return ask, line


def contents(ask: Ask) -> str:
    rows: list[Any] = [sorted(map(repr, ask(f"SELECT * FROM {name}"))) for name in TABLES]
    counters = ask(
        "SELECT table_name, auto_increment FROM information_schema.tables"
        " WHERE table_schema = DATABASE() AND auto_increment IS NOT NULL ORDER BY 1"
    )
    position = ask("SELECT next_not_cached_value FROM tickets")
    return json.dumps([rows, counters, position])


def items(*names: str) -> list[Item]:
    return [Item("mysql:shop", name) for name in names]


@pytest.fixture
def database(mariadb_server: MariaDB) -> str:
    return mariadb_server.create(SHOP, prefix="shop")


@pytest.fixture
def parameters(mariadb_server: MariaDB) -> dict[str, str]:
    return {"unix_socket": mariadb_server.socket, "user": "root"}


@pytest.fixture
def state(parameters: dict[str, str], database: str, records: Records) -> Iterator[MySQLState]:
    made = MySQLState(parameters, database, records)
    yield made
    made.close()


@pytest.fixture
def app(mariadb_server: MariaDB, state: MySQLState) -> Iterator[Ask]:
    """A connection that the app keeps open, as in a pool."""
    ask, line = asking(mariadb_server, state.database)
    with closing(line):
        yield ask


WRITES: dict[str, str] = {
    "INSERT INTO customers (name) VALUES (uuid())": "customers",
    "UPDATE customers SET name = upper(name)": "customers",
    "UPDATE customers SET key_ = x'00' WHERE id < 3": "customers",
    "DELETE FROM customers WHERE id = 2": "customers",
    "INSERT INTO Orders (customer, amount) VALUES (1, 3.5)": "orders",
    "INSERT INTO Orders (customer) VALUES (99)": "orders",  # refused, but takes a number
    "UPDATE Orders SET id = id + 100": "orders",
    "UPDATE Orders SET made = '2026-02-02'": "orders",
    "DELETE FROM Orders": "orders",
    "TRUNCATE Orders": "orders",
    "INSERT INTO log VALUES ('started', '2026-01-01')": "log",
    "DELETE FROM log": "log",
    "UPDATE stock SET left_over = left_over + 1, price = 0.3": "stock",
    "INSERT INTO stock SELECT nextval(tickets), 1, 1": "stock",
    "INSERT INTO counted VALUES ()": "counted",
    "INSERT INTO counted VALUES (0), (7)": "counted",
}
RUNS = st.lists(st.lists(st.sampled_from(sorted(WRITES)), max_size=5), min_size=1, max_size=3)


def perform(ask: Ask, writes: Sequence[str]) -> list[Item]:
    for write in writes:
        with suppress(pymysql.IntegrityError):
            ask(write)
    return items(*(WRITES[write] for write in writes))


def rounds(state: MySQLState, ask: Ask, runs: Sequence[Sequence[str]]) -> None:
    state.snapshot()
    world = contents(ask)
    for writes in runs:
        state.restore(perform(ask, writes))
        assert contents(ask) == world


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(runs=RUNS)
def test_every_run_starts_from_the_same_world(
    state: MySQLState, app: Ask, runs: Sequence[Sequence[str]]
) -> None:
    rounds(state, app, runs)


def test_every_write_is_undone(state: MySQLState, app: Ask) -> None:
    rounds(state, app, [[write] for write in sorted(WRITES)])


def test_what_triggers_wrote_is_undone(state: MySQLState, app: Ask) -> None:
    app(
        "CREATE TRIGGER noted AFTER INSERT ON Orders FOR EACH ROW"
        " INSERT INTO log VALUES ('ordered', NULL)"
    )
    rounds(state, app, [sorted(WRITES)])
    app("INSERT INTO Orders (customer) VALUES (1)")
    assert app("SELECT count(*) FROM log WHERE line = 'ordered'") == ((1,),)
    assert state.related("orders") == {"customers", "log", "stock", "counted"}


def test_the_copy_is_complete_and_goes(
    mariadb_server: MariaDB, parameters: dict[str, str], database: str, records: Records
) -> None:
    original, line = asking(mariadb_server, database)
    original(
        "CREATE DEFINER = nobody@localhost TRIGGER noted BEFORE INSERT ON log"
        " FOR EACH ROW SET NEW.at = '2000-01-01'"
    )
    found = contents(original)
    state = MySQLState(parameters, database, records)
    assert records.written[0]["copy"] == state.database
    assert state.describe() == f"MariaDB {mariadb_server.version}, database {database} (copy)"
    copy, open_ = asking(mariadb_server, state.database)
    assert contents(copy) == found
    assert copy("SELECT id FROM big ORDER BY id") == ((3,),)
    assert copy("SELECT answer()") == ((42,),)
    copy("INSERT INTO log VALUES ('new', NULL)")
    assert copy("SELECT YEAR(at) FROM log WHERE line = 'new'") == ((2000,),)
    name = state.database
    state.close()  # ends the app's sessions too
    state.close()
    assert name not in mariadb_server.run("SHOW DATABASES").split()
    assert contents(original) == found
    line.close()
    open_.close()


def test_a_killed_runs_copy_is_dropped(
    mariadb_server: MariaDB, parameters: dict[str, str], database: str, records: Records
) -> None:
    left = MySQLState(parameters, database, records)
    clean_up(records.written[0])
    clean_up(records.written[0])
    names = mariadb_server.run("SHOW DATABASES").split()
    assert left.database not in names
    assert left.place.saved not in names
    mariadb_server.run("CREATE DATABASE tocsin_4194303_1; CREATE DATABASE tocsin_4194303_1_saved")
    MySQLState(parameters, database, records).close()
    left._line.close()
    left._watch.close()
    assert "tocsin_4194303" not in mariadb_server.run("SHOW DATABASES")


def test_a_missing_permission_is_said_with_its_grant(
    mariadb_server: MariaDB, database: str, records: Records
) -> None:
    mariadb_server.run(
        f"CREATE USER clerk@localhost; GRANT ALL ON `{database}`.* TO clerk@localhost"
    )
    clerk = {"unix_socket": mariadb_server.socket, "user": "clerk"}
    with pytest.raises(Refused, match=r"GRANT PROCESS ON \*\.\* TO 'clerk'@'localhost'"):
        MySQLState(clerk, database, records)
    mariadb_server.run("GRANT PROCESS ON *.* TO clerk@localhost")
    with pytest.raises(Refused, match=r"GRANT ALL ON `tocsin\\_%`\.\* TO 'clerk'@'localhost'"):
        MySQLState(clerk, database, records)
    mariadb_server.run(r"GRANT ALL ON `tocsin\_%`.* TO clerk@localhost")
    with pytest.raises(Refused, match=r"GRANT SELECT ON mysql.proc TO 'clerk'@'localhost'"):
        MySQLState(clerk, database, records)
    mariadb_server.run("GRANT SELECT ON mysql.proc TO clerk@localhost")
    state = MySQLState(clerk, database, records)
    ask, line = asking(mariadb_server, state.database)
    rounds(state, ask, [sorted(WRITES)])
    line.close()
    state.close()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"user": "nobody", "password": "x"}, "Access denied"),
        ({"host": "127.0.0.1", "port": "1", "unix_socket": ""}, "Can't connect"),
    ],
)
def test_a_server_that_cannot_be_used_is_said(
    options: dict[str, str], said: str, parameters: dict[str, str], records: Records
) -> None:
    with pytest.raises(Refused, match=said):
        MySQLState({**parameters, **options}, "shop", records)
    with pytest.raises(Refused, match="Unknown database 'no_such'"):
        MySQLState(parameters, "no_such", records)


def test_a_dropped_table_is_said_clearly(state: MySQLState, app: Ask) -> None:
    state.snapshot()
    app("DROP TABLE log")
    with pytest.raises(WorldChanged, match="only rows can be put back"):
        state.restore(items("log"))
    with pytest.raises(WorldChanged):
        state.read(items("log"))


@pytest.mark.parametrize(
    "leak", ["UPDATE Orders SET amount = 1 WHERE id = 1", "SELECT * FROM Orders FOR UPDATE"]
)
def test_a_leaked_transaction_is_named(
    mariadb_server: MariaDB, state: MySQLState, leak: str
) -> None:
    state.snapshot()
    ask, line = asking(mariadb_server, state.database)
    ask("BEGIN")
    ask(leak)
    ask("DELETE FROM stock")
    with pytest.raises(StillLocked) as raised:
        state.restore(items("stock"))
    assert f"(session {line.thread_id()})" in str(raised.value)
    ask("ROLLBACK")
    state.restore(items("orders", "stock"))
    line.close()


UPDATE = "UPDATE Orders SET amount = 0 WHERE id = 1"


@pytest.mark.parametrize(
    ("holding", "wanting", "release"),
    [
        (("BEGIN", UPDATE), UPDATE, "ROLLBACK"),
        (("BEGIN", "SELECT * FROM Orders WHERE id = 99 FOR UPDATE"), "INSERT INTO Orders VALUES ()",
         "ROLLBACK"),
        (("BEGIN", "SELECT * FROM log"), "ALTER TABLE log ADD z int", "ROLLBACK"),
        (("SELECT get_lock('a', 1)",), "SELECT get_lock('a', 9)", "SELECT release_lock('a')"),
    ],
    ids=["row", "gap", "definition", "named"],
)  # fmt: skip
def test_who_waits_for_whom(
    mariadb_server: MariaDB, state: MySQLState, holding: Sequence[str], wanting: str, release: str
) -> None:
    first, one = asking(mariadb_server, state.database)
    second, two = asking(mariadb_server, state.database)
    sessions = [
        Session(key, "pymysql", "mysql:shop", line.thread_id())
        for key, line in ((1, one), (2, two))
    ]
    assert state.waiting(sessions) == {}
    for statement in holding:
        first(statement)
    thread = threading.Thread(target=second, args=(wanting,))
    thread.start()
    found = until(lambda: dict(state.waiting(sessions)))
    alone = state.waiting(sessions[1:])
    first(release)
    thread.join()
    assert found == {2: frozenset({1})}
    assert alone == {2: frozenset({-1})}
    assert state.waiting(sessions) == {}
    one.close()
    two.close()


def until(ask: Callable[[], dict[int, frozenset[int]]]) -> dict[int, frozenset[int]]:
    """The first answer that is not empty; the server is asked as often as it takes."""
    for _ in range(100_000):
        if found := ask():
            return found
    raise AssertionError("nobody ever waited")


def test_tables_and_what_ties_them(state: MySQLState, app: Ask) -> None:
    tables = state.tables()
    assert set(tables) == {name.lower() for name in TABLES}
    assert tables["customers"].generated == ("id",)
    assert tables["customers"].unique == (("name",),)
    assert tables["orders"].generated == ("id", "twice")
    assert tables["orders"].references == (("customer", ("customers", "id")),)
    assert tables["stock"].key == ("item name",)
    assert state.related("customers") == {"orders"}
    assert state.related("ORDERS") == {"customers"}
    assert state.related("log") == frozenset()
    assert state.related("big") == set(tables)
    assert state.read(items("stock", "nothing")) == {
        "stock": [
            {"item name": "ink", "left_over": 0, "price": None},
            {"item name": "pen", "left_over": 3, "price": 0.1},
        ]
    }
    (first, *_) = state.read(items("customers"))["customers"]
    assert first == {"id": 1, "name": "c1", "settings": '{"a": 1}', "key_": "ff00"}
    assert state.read(items("orders"))["orders"][0]["made"] == "2026-01-01T00:00:00"


def test_a_prefix_that_must_be_unique_is_met_by_any_row(state: MySQLState, app: Ask) -> None:
    app("CREATE UNIQUE INDEX beginning ON stock (`Item Name`(2), left_over)")
    assert state.tables()["stock"].unique == (("left_over",),)


def test_a_query_gives_its_first_row(state: MySQLState, app: Ask) -> None:
    app("UPDATE Orders SET amount = -1 WHERE id = 3")
    sql = "SELECT id, amount FROM Orders WHERE amount < 0 -- at most one"
    assert state.first_row(sql) == {"id": 3, "amount": -1.0}
    assert state.first_row("SELECT id FROM Orders WHERE amount < -1") is None


@pytest.mark.parametrize(
    "sql", ["SELECT x FROM Orders", "SELECT 1; DELETE FROM Orders", "SELECT nextval(tickets)"]
)
def test_a_query_that_writes_is_refused(state: MySQLState, app: Ask, sql: str) -> None:
    before = contents(app)
    with pytest.raises(BadQuery):
        state.first_row(sql)
    assert contents(app) == before
