"""Windows of code that is written with Peewee."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

HEAD = """
from peewee import CharField, IntegerField, IntegrityError, Model, SqliteDatabase

db = SqliteDatabase("shop.db")

class Order(Model):
    state = CharField()
    amount = IntegerField()

    class Meta:
        database = db
        indexes = ((("state", "amount"), True),)

class Line(Model):
    name = CharField()
    n = IntegerField()
"""
CASES = {
    "tested": (
        """
def cancel(key):
    order = Order.get_by_id(key)
    if order.state != "open":
        raise ValueError(key)
    order.state = "cancelled"
    order.save()
""",
        ["TOC201"],
    ),
    "updated": (
        """
def cancel(key):
    order = Order.get_or_none(Order.id == key)
    if order.state != "open":
        raise ValueError(key)
    Order.update(state="cancelled").where(Order.id == key).execute()
""",
        ["TOC201"],
    ),
    "stated again": (
        """
def cancel(key):
    order = Order.get_or_none(Order.id == key)
    if order.state != "open":
        raise ValueError(key)
    Order.update(state="cancelled").where((Order.id == key) & (Order.state == "open")).execute()
""",
        [],
    ),
    "locked": (
        """
def cancel(key):
    with db.atomic():
        order = Order.select().where(Order.id == key).for_update().get()
        if order.state != "open":
            raise ValueError(key)
        order.state = "cancelled"
        order.save()
""",
        [],
    ),
    "an advisory lock in SQL": (
        """
def spend(key):
    db.execute_sql("SELECT pg_advisory_lock(%s)", (key,))
    try:
        order = Order.get_by_id(key)
        order.amount -= 1
        order.save()
    finally:
        db.execute_sql("SELECT pg_advisory_unlock(%s)", (key,))
""",
        [],
    ),
    "a query in SQL is no lock": (
        """
def spend(key):
    db.execute_sql("SELECT 1 FROM lines WHERE id = %s", (key,))
    order = Order.get_by_id(key)
    order.amount -= 1
    order.save()
""",
        ["TOC202"],
    ),
    "counted": (
        """
def add(name):
    if Line.select().where(Line.name == name).count() > 3:
        raise ValueError(name)
    Line.create(name=name, n=1)
""",
        ["TOC204"],
    ),
    "looked for in a loop": (
        """
def add(name):
    for line in Line.select().where(Line.name == name):
        return line
    return Line.create(name=name, n=1)
""",
        ["TOC205"],
    ),
    "unique": (
        """
def add(state, amount):
    if Order.get_or_none(Order.state == state, Order.amount == amount) is None:
        try:
            Order.create(state=state, amount=amount)
        except IntegrityError:
            pass
""",
        [],
    ),
    "computed": (
        """
def more(key):
    line = Line.get(Line.id == key)
    line.n = line.n + 1
    line.save()
""",
        ["TOC202"],
    ),
    "by the database": (
        """
def more(key):
    Line.update(n=Line.n + 1).where(Line.id == key).execute()
""",
        [],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_peewee(analysed: Analyse, case: str) -> None:
    text, expected = CASES[case]
    analysis = analysed(HEAD + text)
    assert [report.judge.code for report in analysis.reports] == expected


KEYED = """
from peewee import ForeignKeyField, IntegerField, IntegrityError, Model, SqliteDatabase

class Order(Model):
    n = IntegerField()

class Size(Model):
    order = ForeignKeyField(Order, unique=True)
    n = IntegerField()

def measure(key, n):
    found = Size.get_or_none(Size.order_id == key)
    if found is None:
        STORE
"""
STORED = {
    "nobody hears": ("Size.create(order_id=key, n=n)", ["medium"]),
    "somebody hears": (
        """try:
            Size.create(order_id=key, n=n)
        except IntegrityError:
            return None""",
        [],
    ),
}


@pytest.mark.parametrize("way", STORED)
def test_a_foreign_key_is_asked_for_by_the_name_of_its_column(analysed: Analyse, way: str) -> None:
    store, expected = STORED[way]
    found = analysed(KEYED.replace("STORE", store)).reports
    assert [each.match.severity for each in found] == expected
