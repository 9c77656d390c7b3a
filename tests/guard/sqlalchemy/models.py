"""A few tables."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import Numeric
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    username: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    buyer: Mapped[str]
    status: Mapped[str] = mapped_column(default="pending")
    note: Mapped[str] = mapped_column(default="")


class Refund(Base):
    __tablename__ = "refunds"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int]


class Membership(Base):
    __tablename__ = "memberships"
    team: Mapped[str] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]


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


class Coupon(Base):
    __tablename__ = "coupons"
    code: Mapped[str] = mapped_column(primary_key=True)
    used: Mapped[int] = mapped_column(default=0)
    most: Mapped[int]


class Wallet(Base):
    __tablename__ = "wallets"
    username: Mapped[str] = mapped_column(primary_key=True)
    balance: Mapped[int | None]
    euros: Mapped[Decimal] = mapped_column(Numeric(8, 2, asdecimal=True), default=Decimal(10))
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


def filled() -> list[Base]:
    return [
        User(username="alice", role="user"),
        User(username="carol", role="manager"),
        Order(id=1, buyer="alice"),
        Order(id=2, buyer="bob", status="shipped"),
        Membership(team="billing", username="alice", state="invited"),
        Profile(username="alice", email="alice@example.com"),
        Address(username="alice", street="1 Bell Lane"),
        Coupon(code="TEN", most=3),
        Wallet(username="alice", balance=100),
        Wallet(username="bob"),
    ]
