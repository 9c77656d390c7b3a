"""An edit of a version that was read before, for FastAPI with an ``AsyncSession``."""

import os
from typing import Annotated

from fastapi import FastAPI, HTTPException
from sqlalchemy import String, create_engine
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import NullPool

from tocsin.guard.fastapi import install, transaction
from tocsin.guard.sqlalchemy.asyncio import edit

engine = create_async_engine(os.environ["GUARDED_ASYNC_URL"], poolclass=NullPool)
Db = Annotated[AsyncSession, transaction(async_sessionmaker(engine))]


class Base(DeclarativeBase):
    pass


class Profile(Base):
    __tablename__ = "profiles"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(20))
    version: Mapped[int] = mapped_column()


def seed():
    engine = create_engine(os.environ["GUARDED_URL"])
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as db, db.begin():
        db.add(Profile(id=1, email="a@b", version=1))
    engine.dispose()


app = FastAPI()
install(app)


@app.post("/guarded")
async def change(db: Db):
    profile = await edit(db, Profile, 1, version=1)
    profile.email = "c@d"


@app.post("/unguarded")
async def change_unguarded(db: Db):
    profile = await db.get_one(Profile, 1)
    if profile.version != 1:
        raise HTTPException(409)
    profile.email = "c@d"
    profile.version += 1
