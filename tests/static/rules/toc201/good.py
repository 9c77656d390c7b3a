from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import UniqueConstraint, select, update
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


@app.post("/orders/{key}/cancel")
def locked(key: int, db: Db) -> None:
    order = db.scalar(select(Order).where(Order.id == key).with_for_update())
    if order.status != "pending":
        raise HTTPException(409)
    order.status = "cancelled"
    db.commit()


@app.post("/orders/{key}/seen")
def idempotent(key: int, db: Db) -> None:
    order = db.get(Order, key)
    if order.status != "seen":
        order.status = "seen"
    db.commit()


@app.post("/orders/{key}/archive")
def idempotent_without_a_word(key: int, db: Db) -> None:
    order = db.get(Order, key)
    if order.status == "archived":
        return
    order.status = "archived"
    db.commit()


@app.post("/orders/{key}/return")
def one_of_several_states(key: int, db: Db) -> None:
    order = db.get(Order, key)
    if order.status not in {"shipped", "delivered"}:
        raise HTTPException(409)
    may = update(Order).where(Order.id == key, Order.status.in_(["shipped", "delivered"]))
    if db.execute(may.values(status="returned")).rowcount != 1:
        raise HTTPException(409)
    db.commit()
