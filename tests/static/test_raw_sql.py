"""SQL as text, through drivers, cursors and the project's own wrappers."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse
from tocsin.static.engine import Analysis


def rules(analysis: Analysis) -> list[str]:
    return [report.judge.code for report in analysis.reports]


def lines(analysis: Analysis) -> list[tuple[int, int]]:
    return [(r.window.check.at.line, r.window.use.effect.at.line) for r in analysis.reports]


READ = {
    "answer": """row = connection.execute(
        "SELECT state FROM orders WHERE code = ?", (code,)
    ).fetchone()""",
    "cursor": """cursor = connection.cursor()
    cursor.execute("SELECT state FROM orders WHERE code = %s", (code,))
    row = cursor.fetchone()""",
    "named": """cursor = connection.cursor()
    cursor.execute("SELECT state FROM orders WHERE code = :code", {"code": code})
    row = cursor.fetchone()""",
    "dollar": 'row = connection.fetchrow("SELECT state FROM orders WHERE code = $1", code)',
    "spelled": """row = connection.execute(
        f"SELECT state FROM orders WHERE code = '{code}'"
    ).fetchone()""",
    "explained": """row = connection.execute(
        "--sql\\n SELECT state FROM orders WHERE code == ?", (code,)
    ).fetchone()""",
    "added": """query = "SELECT state FROM orders"
    query += " WHERE code = ?"
    row = connection.execute(query, (code,)).fetchone()""",
}
WRITE = "connection.execute(\"UPDATE orders SET state = 'used' WHERE code = ?\", (code,))"
STATED = WRITE.replace("code = ?", "code = ? AND state = 'open'")
INSERT = 'connection.execute("INSERT INTO orders (code, state) VALUES (?, ?)", (code, "used"))'


def redeem(read: str, write: str, test: str = 'row["state"] != "open"') -> str:
    return f"""
def redeem(connection, code):
    {read}
    if {test}:
        raise ValueError("used")
    {write}
    connection.commit()
"""


@pytest.mark.parametrize("read", READ)
def test_a_row_is_read_tested_and_written(analysed: Analyse, read: str) -> None:
    assert rules(analysed(redeem(READ[read], WRITE))) == ["TOC201"]


SILENT = {
    "stated again": (READ["answer"], STATED),
    "another row": (READ["answer"], WRITE.replace("(code,)", "(code + 'x',)")),
    "locked": (READ["answer"].replace("code = ?", "code = ? FOR UPDATE"), WRITE),
    "table locked": ("connection.execute('LOCK TABLE orders')\n    " + READ["answer"], WRITE),
    "writer": ("connection.execute('BEGIN IMMEDIATE')\n    " + READ["answer"], WRITE),
    "upsert": (READ["answer"], INSERT.replace("(?, ?)", "(?, ?) ON CONFLICT DO NOTHING")),
    "or ignore": (READ["answer"], INSERT.replace("INSERT", "INSERT OR IGNORE")),
}


@pytest.mark.parametrize("case", SILENT)
def test_what_closes_the_window_in_sql(analysed: Analyse, case: str) -> None:
    read, write = SILENT[case]
    assert rules(analysed(redeem(read, write))) == []


def test_a_row_is_looked_for_and_inserted(analysed: Analyse) -> None:
    assert rules(analysed(redeem(READ["answer"], INSERT, "row is not None"))) == ["TOC205"]


def test_a_key_that_was_read_is_the_same_in_both_statements(analysed: Analyse) -> None:
    source = """
import sqlite3

def vote(connection: sqlite3.Connection, name, choice):
    user = connection.execute("SELECT * FROM users WHERE name = ?", (name,)).fetchone()
    if connection.execute("SELECT 1 FROM votes WHERE user_id = ?", (user["id"],)).fetchone():
        raise PermissionError
    connection.execute("INSERT INTO votes (user_id, choice) VALUES (?, ?)", (user["id"], choice))
    connection.commit()
"""
    assert rules(analysed(source)) == ["TOC205"]


def test_rows_are_counted_and_one_is_added(analysed: Analyse) -> None:
    read = """n = connection.execute(
        "SELECT count(*) FROM orders WHERE code = ?", (code,)
    ).fetchone()[0]"""
    assert rules(analysed(redeem(read, INSERT, "n > 3"))) == ["TOC204"]


WRAPPED = """
from contextlib import contextmanager
import sqlite3

class Database:
    def __init__(self, path: str):
        self.path = path
        self.schema = "app"

    def table(self, name):
        return f"{self.schema}.{name}"

    @contextmanager
    def connect(self, lock=None):
        connection = sqlite3.connect(self.path)
        if lock:
            connection.execute(f"LOCK TABLE {lock} IN EXCLUSIVE MODE")
        yield connection
        connection.commit()

    def one(self, query, values=(), connection=None):
        return (connection or sqlite3.connect(self.path)).execute(query.strip(), values).fetchone()

    def run(self, query, values=(), connection=None):
        return (connection or sqlite3.connect(self.path)).execute(query, values)
"""
REPOSITORY = """
from abc import ABC, abstractmethod
from db import Database

class Orders(ABC):
    @abstractmethod
    def get(self, code, connection=None): ...

    @abstractmethod
    def use(self, code, connection=None): ...

class SqlOrders(Orders):
    def __init__(self, db: Database):
        self.db = db

    def get(self, code, connection=None):
        return self.db.one(
            f"SELECT * FROM {self.db.table('orders')} WHERE code = :code",
            {"code": code},
            connection,
        )

    def use(self, code, connection=None):
        self.db.run(
            f"UPDATE {self.db.table('orders')} SET state = 'used' WHERE code = :code",
            {"code": code},
            connection,
        )

class Desk:
    def __init__(self, orders: Orders, db: Database):
        self.orders = orders
        self.db = db

    def redeem(self, code):
        with self.db.connect(LOCK) as connection:
            found = self.orders.get(code, connection)
            if found["state"] != "open":
                raise ValueError("used")
            self.orders.use(code, connection)
"""


@pytest.mark.parametrize(
    ("lock", "codes", "places"), [("None", ["TOC201"], [(37, 40)]), ("'orders'", [], [])]
)
def test_wrappers_and_repositories(
    analysed: Analyse, lock: str, codes: list[str], places: list[tuple[int, int]]
) -> None:
    """The window is told where the answer is trusted, not where the driver is called."""
    analysis = analysed(db=WRAPPED, orders=REPOSITORY.replace("LOCK", lock))
    assert rules(analysis) == codes
    assert lines(analysis) == places


def test_texts_that_are_no_sql_are_nothing(
    analysed: Analyse, caplog: pytest.LogCaptureFixture
) -> None:
    text = """
def show(page, log, code):
    page.execute("select what you like from our menu")
    page.write(f"Update {code}: set for good")
    log.info(f"Replace {code} by {page} and delete from then on")
    log.info("lock table tennis")
"""
    assert rules(analysed(text)) == []
    assert not caplog.records


def test_the_first_becomes_the_administrator(analysed: Analyse) -> None:
    text = """
class Users:
    def has_admin(self, cursor):
        cursor.execute("SELECT COUNT(*) FROM users WHERE is_admin = TRUE")
        row = cursor.fetchone()
        return (row[0] if row else 0) > 0

    def create(self, cursor, email, is_admin):
        cursor.execute("INSERT INTO users (email, is_admin) VALUES (?, ?)", (email, is_admin))

    def create_admin(self, cursor, email):
        if self.has_admin(cursor):
            raise ValueError("there is one")
        self.create(cursor, email, True)

    def create_guest(self, cursor, email):
        if self.has_admin(cursor):
            raise ValueError("there is one")
        self.create(cursor, email, False)
"""
    analysis = analysed(text)
    assert [(r.judge.code, r.window.check.at.line) for r in analysis.reports] == [("TOC204", 12)]


def test_what_was_handed_to_a_test_is_told_where_it_was_asked_for(analysed: Analyse) -> None:
    text = """
def find(connection, code):
    return connection.execute("SELECT * FROM orders WHERE code = ?", (code,)).fetchone()

def settle(connection, order, code):
    if order["state"] != "open":
        raise ValueError("settled")
    connection.execute("UPDATE orders SET state = 'settled' WHERE code = ?", (code,))

def close(connection, code):
    order = find(connection, code)
    settle(connection, order, code)
    connection.commit()
"""
    assert lines(analysed(text)) == [(11, 12)]
