"""Endpoints of FastAPI with guards, ``/guarded/…``, and written by hand with the same locks, ``/plain/…``."""

import tempfile
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import event, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tocsin.guard.fastapi import install, transaction
from tocsin.guard.sqlalchemy.asyncio import authorize
from tocsin.guard.sqlalchemy.asyncio import transition as move

folder = tempfile.mkdtemp(prefix="tocsin-cost-")
engine = create_async_engine(f"sqlite+aiosqlite:///{folder}/cost.db")
sessions = async_sessionmaker(engine)
STATES = {"open": "closed", "closed": "open"}


@event.listens_for(engine.sync_engine, "connect")
def quickly(connection, _):
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    username: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str]
    note: Mapped[str] = mapped_column(default="")


app = FastAPI()
install(app)
Db = Annotated[AsyncSession, transaction(sessions)]


async def begun():
    async with sessions.begin() as session:
        yield session


PlainDb = Annotated[AsyncSession, Depends(begun, scope="function")]


async def seed():
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with sessions.begin() as session:
        session.add_all([User(username="alice", role="admin"), Order(id=1, status="open")])


@app.post("/guarded/transition/{state}")
async def transition_guarded(state: str, db: Db):
    order = await move(db, Order, 1, from_=STATES[state], to=state)
    return {"status": order.status}


@app.post("/plain/transition/{state}")
async def transition_plain(state: str, db: PlainDb):
    changed = await db.execute(
        update(Order)
        .where(Order.id == 1, Order.status == STATES[state])
        .values(status=state)
        .execution_options(synchronize_session=False)
    )
    if not changed.rowcount:
        raise HTTPException(409 if await db.get(Order, 1) else 404)
    order = await db.get(Order, 1, populate_existing=True)
    return {"status": order.status}


@app.post("/guarded/authorize")
async def authorize_guarded(db: Db):
    await authorize(db, select(User).where(User.username == "alice", User.role == "admin"))
    await db.execute(update(Order).where(Order.id == 1).values(note="seen"))
    return {}


@app.post("/plain/authorize")
async def authorize_plain(db: PlainDb):
    await db.execute(text("BEGIN IMMEDIATE"))
    may = select(User).where(User.username == "alice", User.role == "admin")
    if (await db.scalars(may.with_for_update(read=True))).one_or_none() is None:
        raise HTTPException(403)
    await db.execute(update(Order).where(Order.id == 1).values(note="seen"))
    return {}
