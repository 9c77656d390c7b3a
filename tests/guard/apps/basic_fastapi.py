"""An administrator who logs in to resign, and is paid once, for FastAPI."""

import os
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import String, create_engine, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tocsin.guard.basic import Gate, Hashes, Verified
from tocsin.guard.basic.scrypt import Scrypt
from tocsin.guard.errors import Denied
from tocsin.guard.fastapi import install, transaction
from tocsin.guard.fastapi.basic import BasicAuth
from tocsin.guard.sqlalchemy.accounts import AsyncAccounts, Table

engine = create_async_engine(os.environ["GUARDED_ASYNC_URL"])
sessions = async_sessionmaker(engine)
Db = Annotated[AsyncSession, transaction(sessions)]
passwords = Hashes(Scrypt(ln=1))


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    username: Mapped[str] = mapped_column(String(20), primary_key=True)
    password: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(20))


class Payment(Base):
    __tablename__ = "payments"
    id: Mapped[int] = mapped_column(primary_key=True)


def seed():
    engine = create_engine(os.environ["GUARDED_URL"])
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as db, db.begin():
        db.add(User(username="bob", password=passwords.hash("bob"), role="admin"))
    engine.dispose()


users = AsyncAccounts(sessions, Table(User))
gate = Gate(accounts=users, passwords=passwords, limits=None, realm="shop", bursts=None, plain=True)
Me = Annotated[Verified, Depends(BasicAuth(gate))]
app = FastAPI()
install(app)


@app.post("/guarded")
async def resign(me: Me, db: Db):
    user = await users.identity(db, me, change=True)
    if user.role != "admin":
        raise Denied("for administrators")
    user.role = "user"
    db.add(Payment())


@app.post("/unguarded")
async def resign_unguarded(me: Me):
    async with sessions() as db:
        if await db.scalar(select(User.role).where(User.username == me.username)) != "admin":
            raise HTTPException(403)
    async with sessions.begin() as db:
        await db.execute(update(User).where(User.username == me.username).values(role="user"))
        db.add(Payment())
