"""PostgreSQL: a copy, or in place; rows, sequences, locks."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.explore.state.conftest import SHOP, Records, Server
from tocsin.explore.state.base import BadQuery, StillLocked
from tocsin.explore.state.postgresql import InUse, PostgreSQLState, WorldChanged
from tocsin.model.access import Item
from tocsin.stores.control import Session

EVERYTHING = (Item("postgresql:shop", None),)

Line = psycopg.Connection[tuple[object, ...]]

CONTENTS = """
SELECT (SELECT jsonb_agg(to_jsonb(t) ORDER BY id) FROM customers t),
  (SELECT jsonb_agg(to_jsonb(t) ORDER BY id) FROM orders t),
  (SELECT jsonb_agg(to_jsonb(t) ORDER BY to_jsonb(t)::text) FROM log t),
  (SELECT jsonb_agg(to_jsonb(t) ORDER BY "Item Name") FROM back.stock t),
  (SELECT jsonb_agg(ARRAY[last_value, is_called::int]) FROM customers_id_seq),
  (SELECT jsonb_agg(ARRAY[last_value, is_called::int]) FROM orders_id_seq),
  (SELECT jsonb_agg(ARRAY[last_value, is_called::int]) FROM tickets)
"""


def contents(line: Line) -> str:
    row = line.execute(CONTENTS).fetchone()
    return json.dumps(row)


def items(*names: str) -> list[Item]:
    return [Item("postgresql:shop", name) for name in names]


@pytest.fixture
def state(server: Server, database: str, records: Records) -> Iterator[PostgreSQLState]:
    made = PostgreSQLState(server.parameters, database, records)
    yield made
    made.close()


@pytest.fixture
def app(server: Server, state: PostgreSQLState) -> Iterator[Line]:
    """A connection that the app keeps open, as in a pool."""
    with closing(server.connect(state.database)) as line:
        yield line


WRITES: dict[str, str] = {
    "INSERT INTO customers (name) VALUES (gen_random_uuid()::text)": "customers",
    "UPDATE customers SET settings = '{\"a\":  1}' WHERE id < 3": "customers",
    "UPDATE customers SET name = 'x' || name": "customers",
    "DELETE FROM customers WHERE id = 2": "customers",
    "INSERT INTO orders (customer, amount) VALUES (1, 3.5)": "orders",
    "INSERT INTO orders (customer) VALUES (99)": "orders",  # refused, but takes a number
    "UPDATE orders SET id = id + 100": "orders",
    "DELETE FROM orders": "orders",
    "TRUNCATE orders": "orders",
    "INSERT INTO log VALUES ('started', '2026-01-01')": "log",
    "DELETE FROM log": "log",
    "UPDATE back.stock SET left_over = left_over + 1": "back.stock",
    "INSERT INTO back.stock SELECT nextval('tickets')::text, 1": "back.stock",
}
RUNS = st.lists(st.lists(st.sampled_from(sorted(WRITES)), max_size=5), min_size=1, max_size=3)


def perform(line: Line, writes: Sequence[str]) -> list[Item]:
    for write in writes:
        with suppress(psycopg.IntegrityError):
            line.execute(write.encode())
    return items(*(WRITES[write] for write in writes))


def rounds(state: PostgreSQLState, line: Line, runs: Sequence[Sequence[str]]) -> None:
    state.snapshot()
    world = contents(line)
    for writes in runs:
        state.restore(perform(line, writes))
        assert contents(line) == world


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(runs=RUNS)
def test_every_run_starts_from_the_same_world(
    state: PostgreSQLState, app: Line, runs: Sequence[Sequence[str]]
) -> None:
    rounds(state, app, runs)


class TestAsAnOrdinaryUser:
    """Not a superuser: foreign keys and triggers cannot be turned off."""

    @pytest.fixture
    def owner(self, server: Server) -> str:
        name = f"clerk{next(server.numbers)}"
        with server.connect("postgres") as line:
            line.execute(f"CREATE ROLE {name} LOGIN CREATEDB".encode())
        return name

    def test_every_run_starts_from_the_same_world(
        self, server: Server, records: Records, owner: str
    ) -> None:
        more = """
        CREATE TABLE hens (id int PRIMARY KEY, egg int);
        CREATE TABLE eggs (id int PRIMARY KEY, hen int REFERENCES hens);
        ALTER TABLE hens ADD FOREIGN KEY (egg) REFERENCES eggs DEFERRABLE INITIALLY DEFERRED;
        BEGIN; INSERT INTO hens VALUES (1, 1); INSERT INTO eggs VALUES (1, 1); COMMIT;
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN INSERT INTO log VALUES (tg_op); RETURN NULL; END';
        CREATE TRIGGER noted AFTER INSERT OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION note();
        """
        name = server.create(SHOP + more, owner)
        parameters = {**server.parameters, "user": owner}
        state = PostgreSQLState(parameters, name, records)
        assert state.place.copy
        with closing(server.connect(state.database, user=owner)) as line:
            writes = sorted(WRITES)
            rounds(state, line, [writes[start::3] for start in range(3)])
            line.execute("DELETE FROM eggs WHERE false")
            line.execute("UPDATE hens SET egg = NULL")
            line.execute("DELETE FROM eggs")
            state.restore(items("eggs"))
            assert line.execute("SELECT egg FROM hens").fetchall() == [(1,)]
            enabled = line.execute("SELECT tgenabled FROM pg_trigger WHERE tgname = 'noted'")
            assert enabled.fetchall() == [("O",)]
        state.close()

    def test_who_may_not_create_databases_works_in_place(
        self, server: Server, records: Records, owner: str
    ) -> None:
        name = server.create(SHOP, owner)
        with server.connect("postgres") as line:
            line.execute(f"ALTER ROLE {owner} NOCREATEDB".encode())
        state = PostgreSQLState({**server.parameters, "user": owner}, name, records)
        with closing(server.connect(name, user=owner)) as line:
            found = contents(line)
            perform(line, sorted(WRITES))
            rounds(state, line, [sorted(WRITES)])
            state.close()
            assert contents(line) == found


def test_a_trigger_of_the_users_makes_everything_related(state: PostgreSQLState, app: Line) -> None:
    app.execute(
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN UPDATE back.stock SET left_over = 9; RETURN NEW; END'"
    )
    app.execute("CREATE TRIGGER t BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION f()")
    state.snapshot()
    world = contents(app)
    app.execute("INSERT INTO log VALUES ('x')")
    assert contents(app) != world
    state.restore(items("log"))
    assert contents(app) == world


def test_partitions_and_large_tables(state: PostgreSQLState, app: Line) -> None:
    app.execute(
        "CREATE TABLE events (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day)"
    )
    app.execute(
        "CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')"
    )
    app.execute("INSERT INTO events SELECT g, '2026-02-02' FROM generate_series(1, 5000) g")
    state.snapshot()
    app.execute("DELETE FROM events WHERE id % 2 = 0")
    state.restore(items("events"))
    assert app.execute("SELECT count(*), sum(id) FROM events").fetchone() == (5000, 12502500)
    assert len(state.read(items("events"))["events"]) == 5000


def test_the_original_is_not_touched_and_the_copy_goes(
    server: Server, database: str, records: Records
) -> None:
    with server.connect("postgres") as line:
        line.execute(f"ALTER DATABASE {database} SET search_path = back, public".encode())
        line.execute(f"ALTER DATABASE {database} SET application_name = 'it''s'".encode())
    state = PostgreSQLState(server.parameters, database, records)
    copy = state.database
    assert records.written[0]["copy"] == copy
    assert state.describe().startswith("PostgreSQL 1")
    assert state.describe().endswith(f"database {database} (copy)")
    with server.connect(copy) as line:
        asked = (
            "SELECT current_setting(s) FROM unnest($${search_path,application_name}$$::text[]) s"
        )
        assert line.execute(asked.encode()).fetchall() == [("back, public",), ("it's",)]
        assert line.execute("SHOW synchronous_commit").fetchone() == ("off",)
        assert line.execute("SHOW deadlock_timeout").fetchone() == ("1ms",)
        line.execute("DELETE FROM orders")
        state.close()  # ends the app's sessions too
    state.close()
    assert copy not in server.databases()
    with server.connect(database) as line:
        assert line.execute("SELECT count(*) FROM orders").fetchone() == (5,)


def test_with_another_session_connected_it_works_in_place(
    server: Server, database: str, records: Records
) -> None:
    with closing(server.connect(database)) as other:
        found = contents(other)
        state = PostgreSQLState(server.parameters, database, records)
        assert state.database == database
        assert state.describe().endswith("(in place)")
        assert records.written[-1]["copy"] is None
        with pytest.raises(InUse, match="another run of tocsin works in database"):
            PostgreSQLState(server.parameters, database, records)
        perform(other, sorted(WRITES)[::2])  # the world that the setup builds
        rounds(state, other, [sorted(WRITES), sorted(WRITES)[::3]])
        other.execute("CREATE TABLE added (id serial PRIMARY KEY)")
        state.close()
        assert contents(other) == found
        schemas = other.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ 'tocsin'")
        assert schemas.fetchall() == []
        assert other.execute("SELECT to_regclass('added')").fetchone() == (None,)


def test_tables_made_anew_in_place_get_their_rows_back(
    server: Server, database: str, records: Records
) -> None:
    with closing(server.connect(database)) as other:
        found = contents(other)
        state = PostgreSQLState(server.parameters, database, records)
        other.execute(
            "DROP TABLE orders, customers, log; DROP SCHEMA back CASCADE;DROP SEQUENCE tickets"
        )
        other.execute(SHOP.encode())
        other.execute("INSERT INTO orders (customer) VALUES (1)")
        state.close()
        assert contents(other) == found


def test_a_dropped_table_is_said_clearly(state: PostgreSQLState, app: Line) -> None:
    state.snapshot()
    app.execute("DROP TABLE log")
    with pytest.raises(WorldChanged, match="only rows can be put back"):
        state.restore(items("log"))
    with pytest.raises(WorldChanged):
        state.read(items("log"))


@pytest.mark.parametrize(
    "leak",
    [
        "UPDATE orders SET amount = 1 WHERE id = 1",
        "INSERT INTO orders (customer) VALUES (1)",
        "SELECT * FROM orders WHERE id = 1 FOR UPDATE",
    ],
)
def test_a_leaked_transaction_is_named(state: PostgreSQLState, app: Line, leak: str) -> None:
    state.snapshot()
    app.execute("BEGIN")
    app.execute(leak.encode())
    with pytest.raises(StillLocked) as raised:
        state.restore(items("orders"))
    assert f"session {app.info.backend_pid}, last query: {leak}" in str(raised.value)
    app.execute("ROLLBACK")
    state.restore(items("orders"))


def test_who_waits_for_whom(server: Server, state: PostgreSQLState) -> None:
    with (
        closing(server.connect(state.database)) as first,
        closing(server.connect(state.database)) as second,
        closing(server.connect(state.database)) as stranger,
    ):
        sessions = [
            Session(key, "psycopg", "postgresql:shop", line.info.backend_pid)
            for key, line in ((1, first), (2, second))
        ]
        assert state.waiting(sessions) == {}
        update = "UPDATE orders SET amount = 0 WHERE id = "

        def blocked_by(line: Line, row: int) -> dict[int, frozenset[int]]:
            line.execute("BEGIN")
            line.execute(f"{update}{row}".encode())
            thread = threading.Thread(target=second.execute, args=(f"{update}{row}".encode(),))
            thread.start()
            found = until(lambda: dict(state.waiting(sessions)))
            line.execute("ROLLBACK")
            thread.join()
            return found

        assert blocked_by(first, 1) == {2: frozenset({1})}
        pid = stranger.info.backend_pid
        assert blocked_by(stranger, 2) == {2: frozenset({-pid})}
        assert state.waiting(sessions) == {}


def until(ask: Callable[[], dict[int, frozenset[int]]]) -> dict[int, frozenset[int]]:
    """The first answer that is not empty; the server is asked as often as it takes."""
    for _ in range(100_000):
        if found := ask():
            return found
    raise AssertionError("nobody ever waited")


def test_tables_and_what_ties_them(state: PostgreSQLState) -> None:
    tables = state.tables()
    assert set(tables) == {"customers", "orders", "log", "back.stock"}
    assert tables["customers"].generated == ("id",)
    assert tables["customers"].unique == (("name",),)
    assert tables["orders"].generated == ("id", "twice")
    assert tables["orders"].references == (("customer", ("customers", "id")),)
    assert tables["back.stock"].key == ("Item Name",)
    assert state.related("customers") == {"orders"}
    assert state.related("public.ORDERS") == {"customers"}
    assert state.related("log") == frozenset()
    rows = state.read(items("stock"))
    assert rows == {
        "back.stock": [{"Item Name": "ink", "left_over": 0}, {"Item Name": "pen", "left_over": 3}]
    }
    assert state.read(items("pg_class", "nothing")) == {}


def test_what_killed_runs_left_is_dropped(server: Server, database: str, records: Records) -> None:
    with server.connect("postgres") as line:
        line.execute("CREATE DATABASE tocsin_4194303_1")
        line.execute("CREATE DATABASE tocsin_4194303_2")
        line.execute('COMMENT ON DATABASE tocsin_4194303_2 IS \'{"host": "elsewhere.example"}\'')
    state = PostgreSQLState(server.parameters, database, records)
    left = {name for name in server.databases() if name.startswith("tocsin_4194303")}
    state.close()
    assert left == {"tocsin_4194303_2"}


def test_a_query_gives_its_first_row(state: PostgreSQLState, app: Line) -> None:
    app.execute("UPDATE orders SET amount = -1 WHERE id = 3")
    sql = "SELECT id, amount FROM orders WHERE amount < 0 -- at most one"
    assert state.first_row(sql) == {"id": 3, "amount": -1.0}
    assert state.first_row("SELECT id FROM orders WHERE amount < -1") is None


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT x FROM orders",
        "SELECT 1; DELETE FROM orders",
        "SELECT nextval('tickets')",
        "WITH gone AS (DELETE FROM orders RETURNING id) SELECT id FROM gone",
        "SELECT id FROM orders FOR UPDATE",
    ],
)
def test_a_query_that_writes_is_refused(state: PostgreSQLState, app: Line, sql: str) -> None:
    before = contents(app)
    with pytest.raises(BadQuery):
        state.first_row(sql)
    assert contents(app) == before
