from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import UniqueConstraint, func, select
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


@app.post("/orders/{key}/lines")
def add_line(key: int, name: str, db: Db) -> None:
    lines = db.scalar(  # finds: TOC204
        select(func.count()).select_from(Line).where(Line.order_id == key)
    )
    if lines >= 10:
        raise HTTPException(409)
    db.add(Line(order_id=key, name=name))
    db.commit()


class Device(Base):
    __tablename__ = "devices"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)


@app.post("/devices")
def add_device(owner: str, db: Db) -> None:
    devices = db.scalar(  # finds: TOC204
        select(func.count()).select_from(Device).where(Device.owner == owner)
    )
    if devices >= 10:
        raise HTTPException(409)
    try:
        db.add(Device(owner=owner))
        db.commit()
    except IntegrityError:
        raise HTTPException(409) from None
