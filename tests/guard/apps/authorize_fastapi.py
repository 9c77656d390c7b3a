"""A manager who hands the post over, and pays once, for FastAPI with an ``AsyncSession``."""

import os
from typing import Annotated

from fastapi import FastAPI, HTTPException
from sqlalchemy import String, create_engine, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import NullPool

from tocsin.guard.fastapi import authorized, install, transaction
from tocsin.guard.sqlalchemy import owns

engine = create_async_engine(os.environ["GUARDED_ASYNC_URL"], poolclass=NullPool)
Db = Annotated[AsyncSession, transaction(async_sessionmaker(engine))]


class Base(DeclarativeBase):
    pass


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    holder: Mapped[str] = mapped_column(String(20))


class Payment(Base):
    __tablename__ = "payments"
    id: Mapped[int] = mapped_column(primary_key=True)
    amount: Mapped[int] = mapped_column()


def seed():
    engine = create_engine(os.environ["GUARDED_URL"])
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as db, db.begin():
        db.add(Post(id=1, holder="alice"))
    engine.dispose()


def held():
    return owns(Post, 1, Post.holder == "alice")


app = FastAPI()
install(app)


@app.post("/guarded")
async def hand_over(post: Annotated[Post, authorized(held, Db)], db: Db):
    db.add(Payment(amount=100))
    await db.flush()
    post.holder = "bob"


@app.post("/unguarded")
async def hand_over_unguarded(db: Db):
    if await db.scalar(select(Post.holder).where(Post.id == 1)) != "alice":
        raise HTTPException(403)
    db.add(Payment(amount=100))
    await db.execute(update(Post).where(Post.id == 1).values(holder="bob"))
