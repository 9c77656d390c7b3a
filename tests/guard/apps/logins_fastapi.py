"""Alice, an administrator whose hash is an old one, and Bob, who is none, for FastAPI."""

import os
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from sqlalchemy import String, create_engine, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tocsin.guard.basic import Counting, Gate, Hashes, Limits, Verified
from tocsin.guard.basic.scrypt import Scrypt
from tocsin.guard.errors import Denied
from tocsin.guard.fastapi import install, transaction
from tocsin.guard.fastapi.basic import BasicAuth
from tocsin.guard.limits import Attempts
from tocsin.guard.sqlalchemy import METADATA
from tocsin.guard.sqlalchemy.accounts import AsyncAccounts, Table, counting_async

sessions = async_sessionmaker(create_async_engine(os.environ["GUARDED_ASYNC_URL"]))
Db = Annotated[AsyncSession, transaction(sessions)]
old, passwords = Hashes(Scrypt(ln=1, r=1)), Hashes(Scrypt(ln=2, r=1))
OTHER = passwords.hash("other")


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    username: Mapped[str] = mapped_column(String(20), primary_key=True)
    password: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(20))


class Failure(Base):
    __tablename__ = "failures"
    id: Mapped[int] = mapped_column(primary_key=True)


def seed():
    engine = create_engine(os.environ["GUARDED_URL"])
    for metadata in (Base.metadata, METADATA):
        metadata.drop_all(engine)
        metadata.create_all(engine)
    with Session(engine) as db, db.begin():
        db.add(User(username="alice", password=old.hash("secret"), role="admin"))
        db.add(User(username="bob", password=passwords.hash("bob"), role="user"))
    engine.dispose()


async def nothing(_):
    """There is no limit."""


users = AsyncAccounts(sessions, Table(User))
asked = {"accounts": users, "passwords": passwords, "realm": "shop", "bursts": None, "plain": True}
once = counting_async(sessions, Attempts("attempts", 1, per=900))
limits = Limits(account=once, address=Counting(nothing, nothing))
Me = Annotated[Verified, Depends(BasicAuth(Gate(limits=None, **asked)))]
Limited = Annotated[Verified, Depends(BasicAuth(Gate(limits=limits, **asked)))]
Credentials = Annotated[HTTPBasicCredentials, Depends(HTTPBasic())]
app = FastAPI()
install(app)


async def snapshot(given: Credentials):
    async with sessions.begin() as db:
        user = await db.get(User, given.username)
        if not passwords.verify(user.password, given.password):
            raise HTTPException(401)
        return user.username, user.role, user.password


Snapshot = Annotated[tuple, Depends(snapshot)]


@app.post("/guarded/promote")
async def promote(me: Me, db: Db):
    if (await users.identity(db, me)).role != "admin":
        raise Denied("for administrators")
    await db.execute(update(User).where(User.username == "bob").values(role="admin"))


@app.post("/unguarded/promote")
async def promote_unguarded(snapshot: Snapshot, db: Db):
    _, role, _ = snapshot
    if role != "admin":
        raise HTTPException(403)
    await db.execute(update(User).where(User.username == "bob").values(role="admin"))


@app.post("/guarded/rename")
async def rename(me: Me, db: Db):
    (await users.identity(db, me, change=True)).role += "!"


@app.post("/shared/rename")
async def rename_shared(me: Me, db: Db):
    (await users.identity(db, me)).role += "!"


@app.post("/unguarded/rename")
async def rename_unguarded(snapshot: Snapshot, db: Db):
    name, role, _ = snapshot
    await db.execute(update(User).where(User.username == name).values(role=role + "!"))


@app.post("/guarded/login")
async def login(me: Me):
    return me.username


@app.post("/unguarded/login")
async def login_unguarded(snapshot: Snapshot, given: Credentials, db: Db):
    name, _, stored = snapshot
    if passwords.stale(stored):
        anew = passwords.hash(given.password)
        await db.execute(update(User).where(User.username == name).values(password=anew))
    return name


@app.post("/guarded/attempt")
async def attempt(me: Limited):
    return me.username


@app.post("/unguarded/attempt")
async def attempt_unguarded():
    async with sessions.begin() as db:
        if (await db.scalars(select(Failure))).first() is not None:
            raise HTTPException(429)
    async with sessions.begin() as db:
        db.add(Failure())
    raise HTTPException(401)


@app.post("/demote")
async def demote(db: Db):
    await db.execute(update(User).where(User.username == "alice").values(role="user"))


@app.post("/change")
async def change(db: Db):
    await db.execute(update(User).where(User.username == "alice").values(password=OTHER))
