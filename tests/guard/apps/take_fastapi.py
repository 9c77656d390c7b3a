"""A coupon for one, and money for one withdrawal, for FastAPI with an ``AsyncSession``."""

import os
from typing import Annotated

from fastapi import FastAPI, HTTPException
from sqlalchemy import String, create_engine
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tocsin.guard.fastapi import install, transaction
from tocsin.guard.sqlalchemy.asyncio import take

engine = create_async_engine(os.environ["GUARDED_ASYNC_URL"])
Db = Annotated[AsyncSession, transaction(async_sessionmaker(engine))]


class Base(DeclarativeBase):
    pass


class Coupon(Base):
    __tablename__ = "coupons"
    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    used: Mapped[int] = mapped_column(default=0)
    most: Mapped[int]


class Account(Base):
    __tablename__ = "accounts"
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    balance: Mapped[int]


def seed():
    engine = create_engine(os.environ["GUARDED_URL"])
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as db, db.begin():
        db.add_all([Coupon(code="TEN", most=1), Account(name="alice", balance=150)])
    engine.dispose()


app = FastAPI()
install(app)


@app.post("/guarded")
async def buy(db: Db):
    await take(db, Coupon, "TEN", used="used", most="most")
    await take(db, Account, "alice", 80, left="balance")


@app.post("/unguarded")
async def buy_unguarded(db: Db):
    coupon = await db.get_one(Coupon, "TEN")
    account = await db.get_one(Account, "alice")
    if coupon.used >= coupon.most or account.balance < 80:
        raise HTTPException(409)
    coupon.used += 1
    account.balance -= 80
