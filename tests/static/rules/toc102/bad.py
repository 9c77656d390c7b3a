from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import UniqueConstraint, update
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


@app.put("/orders/{key}")
def change(key: int, n: int, me: str, db: Db) -> None:
    order = db.get(Order, key)  # finds: TOC102
    if order.owner != me:
        raise HTTPException(403)
    order.stock = n
    db.commit()


@app.post("/orders/{key}/give")
def give(key: int, to: str, me: str, db: Db) -> None:
    db.execute(update(Order).where(Order.id == key, Order.owner == me).values(owner=to))
    db.commit()
