"""A small world: five people, and something of everything."""

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from .auth import kept
from .main import app
from .models import (
    Account,
    Address,
    Coupon,
    GiftCard,
    Invoice,
    Item,
    Membership,
    Order,
    Profile,
    StoreCredit,
    Team,
    User,
    db,
)

PEOPLE = {
    "alice": ("wonderland", "user"),
    "bob": ("builder", "user"),
    "mallory": ("malice", "user"),
    "carol": ("carols", "manager"),
    "admin": ("sesame", "admin"),
}


def rows() -> list[object]:
    people = [
        User(username=name, role=role, **kept(name, password))
        for name, (password, role) in PEOPLE.items()
    ]
    each = [
        row
        for name in PEOPLE
        for row in (
            Profile(username=name, email=f"{name}@example.com", version=1),
            Address(username=name, street="1 Bell Lane"),
            StoreCredit(username=name, amount=0),
            Account(username=name, balance=100),
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
        Membership(group="billing", username="alice"),
        Membership(group="billing", username="carol"),
        Membership(group="legal", username="bob"),
        Invoice(group="billing", amount=1200),
        Invoice(group="billing", amount=80),
    ]
    return [*people, *each, *things]


def reset() -> None:
    """Every table empty, then these rows. Quick: a scan asks for it a thousand times."""
    tables = db.metadata.sorted_tables
    with app.app_context(), db.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            # Kept in the file: a commit waits for the disk once, not four times.
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            connection.exec_driver_sql("BEGIN")  # else every table is a transaction of its own
        if not inspect(connection).has_table(tables[-1].name):
            db.metadata.create_all(connection)
        if connection.dialect.name == "postgresql":
            names = ", ".join(f'"{table.name}"' for table in tables)
            connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY")
        elif connection.dialect.name == "mariadb":
            for table in tables:
                connection.exec_driver_sql(f"TRUNCATE `{table.name}`")
        else:
            for table in reversed(tables):
                connection.execute(table.delete())
        with Session(connection) as session:
            session.bulk_save_objects(rows(), preserve_order=False)
