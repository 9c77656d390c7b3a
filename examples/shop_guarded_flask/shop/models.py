"""The tables."""

import os
from pathlib import Path

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import URL, String, UniqueConstraint, make_url
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry

from tocsin.guard.sqlalchemy import ONCE

DEFAULT = f"sqlite:///{Path(__file__).parent.parent / 'shop.db'}"
DRIVERS = {
    "sqlite": ("pysqlite",),
    "postgresql": ("psycopg2", "psycopg"),
    "mariadb": ("pymysql", "mysqldb"),
}


def url() -> URL:
    """The configured database, spoken to through one of the drivers."""
    base = make_url(os.environ.get("SHOP_DATABASE_URL", DEFAULT))
    backend = base.get_backend_name()
    asked, known = os.environ.get("SHOP_DRIVER"), DRIVERS[backend]
    return base.set(drivername=f"{backend}+{asked if asked in known else known[0]}")


class Base(DeclarativeBase):
    # MariaDB wants to know how long.
    registry = registry(type_annotation_map={str: String(120)})


# Answers to requests with an Idempotency-Key.
ONCE.to_metadata(Base.metadata)


db = SQLAlchemy(model_class=Base)


class User(db.Model):
    __tablename__ = "users"
    username: Mapped[str] = mapped_column(primary_key=True)
    password: Mapped[str]
    role: Mapped[str]  # user, manager or admin


class Profile(db.Model):
    __tablename__ = "profiles"
    username: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)


class Address(db.Model):
    __tablename__ = "addresses"
    username: Mapped[str] = mapped_column(primary_key=True)
    street: Mapped[str]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class Order(db.Model):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    buyer: Mapped[str]
    seller: Mapped[str]
    amount: Mapped[int]
    status: Mapped[str] = mapped_column(default="pending")  # pending, cancelled or shipped


class Refund(db.Model):
    __tablename__ = "refunds"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int]
    amount: Mapped[int]


class StoreCredit(db.Model):
    __tablename__ = "store_credits"
    username: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[int] = mapped_column(default=0)


class Account(db.Model):
    __tablename__ = "accounts"
    username: Mapped[str] = mapped_column(primary_key=True)
    balance: Mapped[int]


class GiftCard(db.Model):
    __tablename__ = "gift_cards"
    number: Mapped[str] = mapped_column(primary_key=True)
    balance: Mapped[int]


class Coupon(db.Model):
    __tablename__ = "coupons"
    code: Mapped[str] = mapped_column(primary_key=True)
    max_uses: Mapped[int]
    used: Mapped[int] = mapped_column(default=0)  # always the number of redemptions


class Redemption(db.Model):
    __tablename__ = "redemptions"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    username: Mapped[str]


class Item(db.Model):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    owner: Mapped[str]


class Wish(db.Model):
    __tablename__ = "wishes"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    product: Mapped[str]


class Favourite(db.Model):
    __tablename__ = "favourites"
    __table_args__ = (UniqueConstraint("username", "product"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    product: Mapped[str]


class Team(db.Model):
    __tablename__ = "teams"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class Membership(db.Model):
    __tablename__ = "memberships"
    group: Mapped[str] = mapped_column("group_name", primary_key=True)
    username: Mapped[str] = mapped_column(primary_key=True)


class Invoice(db.Model):
    __tablename__ = "invoices"
    id: Mapped[int] = mapped_column(primary_key=True)
    group: Mapped[str] = mapped_column("group_name")
    amount: Mapped[int]
