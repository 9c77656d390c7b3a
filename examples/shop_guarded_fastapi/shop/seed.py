"""A small world: five people, and something of everything."""

from functools import cache

from sqlalchemy import FromClause, inspect
from sqlalchemy.orm import object_mapper

from .auth import kept
from .db import engine
from .models import (
    Account,
    Address,
    Base,
    Coupon,
    Duty,
    GiftCard,
    Invoice,
    Item,
    Membership,
    Order,
    Points,
    Profile,
    StoreCredit,
    Team,
    User,
)

PEOPLE = {
    "alice": ("wonderland", "user"),
    "bob": ("builder", "user"),
    "mallory": ("malice", "user"),
    "carol": ("carols", "manager"),
    "admin": ("sesame", "admin"),
}


def rows() -> list[Base]:
    people = [
        User(username=name, role=role, **kept(name, password))
        for name, (password, role) in PEOPLE.items()
    ]
    each = [
        row
        for name in PEOPLE
        for row in (
            Profile(username=name, email=f"{name}@example.com", version=1),
            Address(username=name, street="1 Bell Lane", version=1),
            StoreCredit(username=name, amount=0),
            Account(username=name, balance=100),
            Points(username=name, count=100),
        )
    ]
    things = [
        Order(buyer="alice", seller="carol", amount=30),
        Order(buyer="alice", seller="carol", amount=20),
        Order(buyer="bob", seller="carol", amount=50),
        GiftCard(number="GIFT-100", balance=100),
        Coupon(code="WELCOME", max_uses=1),
        Item(name="lamp", owner="alice"),
        Item(name="bell", owner="bob"),
        Item(name="rope", owner="carol"),
        Team(name="founders"),
        Duty(username="alice", on_call=True),
        Duty(username="bob", on_call=True),
        Duty(username="carol", on_call=False),
        Membership(group="billing", username="alice"),
        Membership(group="billing", username="carol"),
        Membership(group="legal", username="bob"),
        Invoice(group="billing", amount=1200),
        Invoice(group="billing", amount=80),
    ]
    return [*people, *each, *things]


@cache
def filled() -> dict[FromClause, list[dict[str, object]]]:
    """The rows by table, as they are inserted: passwords are hashed once, not each time."""
    found: dict[FromClause, list[dict[str, object]]] = {}
    for row in rows():
        mapper = object_mapper(row)
        values = {
            column.name: getattr(row, name)
            for name, column in mapper.columns.items()
            if getattr(row, name) is not None
        }
        found.setdefault(mapper.local_table, []).append(values)
    return found


def reset() -> None:
    """Every table empty, then these rows. Quick: a scan asks for it a thousand times."""
    tables = Base.metadata.sorted_tables
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            # Kept in the file: a commit waits for the disk once, not four times.
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            connection.exec_driver_sql("BEGIN")  # else every table is a transaction of its own
        if not inspect(connection).has_table(tables[-1].name):
            Base.metadata.create_all(connection)
        if connection.dialect.name == "postgresql":
            names = ", ".join(f'"{table.name}"' for table in tables)
            connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY")
        elif connection.dialect.name == "mariadb":
            for table in tables:
                connection.exec_driver_sql(f"TRUNCATE `{table.name}`")
        else:
            for table in reversed(tables):
                connection.execute(table.delete())
        for table, values in filled().items():
            connection.execute(table.insert(), values)
