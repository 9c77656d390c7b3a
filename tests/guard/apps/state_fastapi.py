"""A refund that relies on the state of an order, for FastAPI with an ``AsyncSession``."""

import os
from typing import Annotated, Any

from fastapi import FastAPI
from sqlalchemy import String, create_engine, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import NullPool

from tocsin.guard.errors import Conflict
from tocsin.guard.fastapi import install, transaction, unchanged

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


CHANGED = "what this relies on was changed meanwhile: try again"


def relied():
    return select(Order).where(Order.id == 1)


async def refunded(db, status):
    if status != "pending":
        raise Conflict(CHANGED)
    db.add(Refund(order_id=1))
    await db.execute(update(Order).where(Order.id == 1).values(status="refunded"))


@app.post("/guarded")
async def refund(db: Db, seen: Annotated[Any, unchanged(relied, Db)]):
    ((order,),) = seen
    await refunded(db, order.status)


@app.post("/unguarded")
async def refund_unguarded(db: Db):
    await refunded(db, await db.scalar(select(Order.status).where(Order.id == 1)))
