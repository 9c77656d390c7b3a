from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import UniqueConstraint
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
def add_tag(key: int, name: str, db: Db) -> None:
    db.add(Tag(order_id=key, name=name))
    try:
        db.commit()
    except IntegrityError:
        raise HTTPException(409) from None
