"""The tables."""

from typing import ClassVar

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tocsin.guard.sqlalchemy import ONCE


class Base(DeclarativeBase):
    type_annotation_map: ClassVar = {str: String(120)}  # MariaDB wants to know how long


# Answers to requests with an Idempotency-Key.
ONCE.to_metadata(Base.metadata)


class User(Base):
    __tablename__ = "users"
    username: Mapped[str] = mapped_column(primary_key=True)
    password: Mapped[str]
    role: Mapped[str]  # user, manager or admin


class Profile(Base):
    __tablename__ = "profiles"
    username: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)


class Address(Base):
    __tablename__ = "addresses"
    username: Mapped[str] = mapped_column(primary_key=True)
    street: Mapped[str]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    buyer: Mapped[str]
    seller: Mapped[str]
    amount: Mapped[int]
    status: Mapped[str] = mapped_column(default="pending")  # pending, cancelled or shipped


class Refund(Base):
    __tablename__ = "refunds"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int]
    amount: Mapped[int]


class StoreCredit(Base):
    __tablename__ = "store_credits"
    username: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[int] = mapped_column(default=0)


class Account(Base):
    __tablename__ = "accounts"
    username: Mapped[str] = mapped_column(primary_key=True)
    balance: Mapped[int]


class GiftCard(Base):
    __tablename__ = "gift_cards"
    number: Mapped[str] = mapped_column(primary_key=True)
    balance: Mapped[int]


class Points(Base):
    __tablename__ = "points"
    username: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]


class Coupon(Base):
    __tablename__ = "coupons"
    code: Mapped[str] = mapped_column(primary_key=True)
    max_uses: Mapped[int]
    used: Mapped[int] = mapped_column(default=0)  # always the number of redemptions


class Redemption(Base):
    __tablename__ = "redemptions"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    username: Mapped[str]


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    owner: Mapped[str]


class Wish(Base):
    __tablename__ = "wishes"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    product: Mapped[str]


class Favourite(Base):
    __tablename__ = "favourites"
    __table_args__ = (UniqueConstraint("username", "product"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    product: Mapped[str]


class Team(Base):
    __tablename__ = "teams"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class Duty(Base):
    __tablename__ = "duties"
    username: Mapped[str] = mapped_column(primary_key=True)
    on_call: Mapped[bool]


class Membership(Base):
    __tablename__ = "memberships"
    group: Mapped[str] = mapped_column("group_name", primary_key=True)
    username: Mapped[str] = mapped_column(primary_key=True)


class Invoice(Base):
    __tablename__ = "invoices"
    id: Mapped[int] = mapped_column(primary_key=True)
    group: Mapped[str] = mapped_column("group_name")
    amount: Mapped[int]
