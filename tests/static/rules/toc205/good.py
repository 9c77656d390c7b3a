from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi_users.db import SQLAlchemyBaseUserTableUUID
from sqlalchemy import UniqueConstraint, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

app = FastAPI()


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    name: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]
    status: Mapped[str]
    stock: Mapped[int]


class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int]
    name: Mapped[str]


class Tag(Base):
    __tablename__ = "tags"
    __table_args__ = (UniqueConstraint("order_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int]
    name: Mapped[str]


def session() -> Session: ...


Db = Annotated[Session, Depends(session)]


@app.post("/orders/{key}/tags")
def asked_first(key: int, name: str, db: Db) -> None:
    if db.scalar(select(Tag).where(Tag.order_id == key, Tag.name == name)) is not None:
        raise HTTPException(409)
    try:
        db.add(Tag(order_id=key, name=name))
        db.commit()
    except IntegrityError:
        raise HTTPException(409) from None


@app.post("/orders/{key}/lines")
def only_if_there(key: int, name: str, db: Db) -> None:
    if db.scalar(select(Line).where(Line.order_id == key)) is None:
        raise HTTPException(404)
    db.add(Line(order_id=key, name=name))
    db.commit()


class Account(SQLAlchemyBaseUserTableUUID, Base):
    __tablename__ = "accounts"
    nick: Mapped[str]


@app.post("/accounts")
def known_elsewhere(email: str, db: Db) -> None:
    if db.scalar(select(Account).where(Account.email == email)) is not None:
        raise HTTPException(409)
    db.add(Account(email=email))
    try:
        db.flush()
    except IntegrityError:
        db.rollback()
        raise HTTPException(409) from None
    db.commit()


class Device(Base):
    __tablename__ = "devices"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]
    label: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)

    def __init__(self, owner: str, label: str) -> None:
        self.owner, self.label = owner, label
        self.digest = f"{owner}/{label}"


@app.post("/devices")
def set_by_the_row_itself(owner: str, label: str, db: Db) -> None:
    if db.scalar(select(Device).where(Device.owner == owner, Device.label == label)) is not None:
        raise HTTPException(409)
    db.add(Device(owner=owner, label=label))
    try:
        db.commit()
    except IntegrityError:
        raise HTTPException(409) from None
