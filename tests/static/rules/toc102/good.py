from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

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


class Basket(Base):
    __tablename__ = "baskets"
    id: Mapped[int] = mapped_column(primary_key=True)
    frozen: Mapped[bool]


class BasketLine(Base):
    __tablename__ = "basket_lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    basket_id: Mapped[int] = mapped_column(ForeignKey("baskets.id"))
    basket: Mapped[Basket] = relationship()
    quantity: Mapped[int]


def session() -> Session: ...


Db = Annotated[Session, Depends(session)]


@app.put("/orders/{key}")
def owners_never_change(key: int, n: int, me: str, db: Db) -> None:
    order = db.get(Order, key)
    if order.owner != me:
        raise HTTPException(403)
    order.stock = n
    db.commit()


@app.put("/baskets/{key}/lines/{line}")
def asked_of_what_it_belongs_to(key: int, line: int, n: int, db: Db) -> None:
    row = db.get(BasketLine, line)
    if row.basket.frozen:
        raise HTTPException(403)
    row.quantity = n
    db.commit()


@app.put("/lines/{line}/basket/{key}")
def moved(line: int, key: int, db: Db) -> None:
    row = db.get(BasketLine, line)
    row.basket_id = key
    row.basket = db.get(Basket, key)
    db.commit()
