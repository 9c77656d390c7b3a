"""One order that is cancelled and refunded, for FastAPI with SQLAlchemy and an ``AsyncSession``."""

import os
from typing import Annotated

from fastapi import FastAPI, HTTPException
from sqlalchemy import String, create_engine
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import NullPool

from tocsin.guard.fastapi import install, transaction
from tocsin.guard.sqlalchemy.asyncio import transition

engine = create_async_engine(os.environ["GUARDED_ASYNC_URL"], poolclass=NullPool)
Db = Annotated[AsyncSession, transaction(async_sessionmaker(engine))]


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(String(20))


class Refund(Base):
    __tablename__ = "refunds"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column()


def seed():
    engine = create_engine(os.environ["GUARDED_URL"])
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as db, db.begin():
        db.add(Order(id=1, status="pending"))
    engine.dispose()


app = FastAPI()
install(app)


@app.post("/guarded")
async def cancel(db: Db):
    order = await transition(db, Order, 1, from_="pending", to="cancelled")
    db.add(Refund(order_id=order.id))


@app.post("/unguarded")
async def cancel_unguarded(db: Db):
    order = await db.get_one(Order, 1)
    if order.status != "pending":
        raise HTTPException(409)
    order.status = "cancelled"
    db.add(Refund(order_id=order.id))
