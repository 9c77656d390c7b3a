from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import (
    ForeignKey,
    UniqueConstraint,
    func,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine("postgresql+asyncpg://x/y")
Session = async_sessionmaker(engine)
app = FastAPI()


class Base(DeclarativeBase):
    pass


class Coupon(Base):
    __tablename__ = "coupons"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    used: Mapped[bool]
    left: Mapped[int]
    status: Mapped[str]


class Doc(Base):
    __tablename__ = "docs"
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str]
    title: Mapped[str]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class Event(Base):
    __tablename__ = "events"
    id: Mapped[int] = mapped_column(primary_key=True)
    capacity: Mapped[int]


class Seat(Base):
    __tablename__ = "seats"
    __table_args__ = (UniqueConstraint("event_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    number: Mapped[int]


class Entry(Base):
    __tablename__ = "entries"
    id: Mapped[int] = mapped_column(primary_key=True)
    amount: Mapped[int]


async def session():
    async with Session() as s:
        yield s


Db = Annotated[AsyncSession, Depends(session)]


@app.post("/racy/{code}")
async def racy_use(code: str, db: Db):
    coupon = await db.scalar(select(Coupon).where(Coupon.code == code))
    if coupon.used:
        raise HTTPException(409)
    coupon.used = True
    db.add(Entry(amount=5))
    await db.commit()


@app.post("/a1/{code}")
async def for_update(code: str, db: Db):
    result = await db.execute(select(Coupon).where(Coupon.code == code).with_for_update())
    coupon = result.scalar_one_or_none()
    if coupon is None or coupon.used:
        raise HTTPException(409)
    coupon.used = True
    db.add(Entry(amount=5))
    await db.commit()


@app.post("/a2/{key}")
async def get_for_update(key: int, db: Db):
    coupon = await db.get(Coupon, key, with_for_update=True)
    if coupon.used:
        raise HTTPException(409)
    coupon.used = True
    db.add(Entry(amount=5))
    await db.commit()


@app.post("/a3/{key}")
async def refresh_for_update(key: int, db: Db):
    coupon = await db.get(Coupon, key)
    if coupon is None:
        raise HTTPException(404)
    await db.refresh(coupon, with_for_update=True)
    if coupon.used:
        raise HTTPException(409)
    coupon.used = True
    db.add(Entry(amount=5))
    await db.commit()


@app.post("/a3b/{key}")
async def refresh_for_update_dict(key: int, db: Db):
    coupon = await db.get(Coupon, key)
    await db.refresh(coupon, attribute_names=["used"], with_for_update={"nowait": True})
    if coupon.used:
        raise HTTPException(409)
    coupon.used = True
    db.add(Entry(amount=5))
    await db.commit()


@app.post("/a4/{key}")
async def populate(key: int, db: Db):
    coupon = await db.get(Coupon, key)
    if coupon.used:
        raise HTTPException(409)
    coupon = (
        await db.execute(
            select(Coupon)
            .where(Coupon.id == key)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).scalar_one()
    if coupon.used:
        raise HTTPException(409)
    coupon.used = True
    db.add(Entry(amount=5))
    await db.commit()


@app.post("/a5/{key}")
async def lock_columns_only(key: int, db: Db):
    used = await db.scalar(select(Coupon.used).where(Coupon.id == key).with_for_update())
    if used:
        raise HTTPException(409)
    await db.execute(update(Coupon).where(Coupon.id == key).values(used=True))
    db.add(Entry(amount=5))
    await db.commit()


@app.post("/a6/{event_id}")
async def lock_parent(event_id: int, db: Db):
    event = await db.scalar(select(Event).where(Event.id == event_id).with_for_update())
    taken = await db.scalar(select(func.count()).select_from(Seat).where(Seat.event_id == event_id))
    if taken >= event.capacity:
        raise HTTPException(409)
    db.add(Seat(event_id=event_id, number=taken + 1))
    await db.commit()


@app.post("/a7/{event_id}")
async def advisory(event_id: int, db: Db):
    await db.execute(text("SELECT pg_advisory_xact_lock(:k)"), {"k": event_id})
    taken = await db.scalar(select(func.count(Seat.id)).where(Seat.event_id == event_id))
    if taken >= 10:
        raise HTTPException(409)
    db.add(Seat(event_id=event_id, number=taken + 1))
    await db.commit()


@app.post("/a8/{event_id}")
async def advisory_func(event_id: int, db: Db):
    await db.execute(select(func.pg_advisory_xact_lock(event_id)))
    taken = await db.scalar(select(func.count(Seat.id)).where(Seat.event_id == event_id))
    if taken >= 10:
        raise HTTPException(409)
    db.add(Seat(event_id=event_id, number=taken + 1))
    await db.commit()


async def _lock(db: AsyncSession, name: str, key: int) -> None:
    await db.execute(
        text("SELECT pg_advisory_xact_lock(hashtext(:name), :key)").bindparams(name=name, key=key)
    )


@app.post("/a9/{event_id}")
async def advisory_helper(event_id: int, db: Db):
    await _lock(db, "seats", event_id)
    taken = await db.scalar(select(func.count(Seat.id)).where(Seat.event_id == event_id))
    if taken >= 10:
        raise HTTPException(409)
    db.add(Seat(event_id=event_id, number=taken + 1))
    await db.commit()


@app.post("/a10/{event_id}")
async def try_advisory(event_id: int, db: Db):
    got = await db.scalar(select(func.pg_try_advisory_xact_lock(event_id)))
    if not got:
        raise HTTPException(423)
    taken = await db.scalar(select(func.count(Seat.id)).where(Seat.event_id == event_id))
    if taken >= 10:
        raise HTTPException(409)
    db.add(Seat(event_id=event_id, number=taken + 1))
    await db.commit()


@app.post("/d1/{key}")
async def serializable(key: int, db: Db):
    await db.connection(execution_options={"isolation_level": "SERIALIZABLE"})
    coupon = await db.get(Coupon, key)
    if coupon.used:
        raise HTTPException(409)
    coupon.used = True
    db.add(Entry(amount=5))
    await db.commit()


@app.post("/d2/{key}")
async def serializable_text(key: int, db: Db):
    await db.execute(text("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"))
    coupon = await db.get(Coupon, key)
    if coupon.used:
        raise HTTPException(409)
    coupon.used = True
    db.add(Entry(amount=5))
    await db.commit()


@app.post("/d4/{key}")
async def repeatable_read(key: int):
    async with engine.connect() as connection:
        connection = await connection.execution_options(isolation_level="REPEATABLE READ")
        async with AsyncSession(bind=connection) as db, db.begin():
            coupon = await db.get(Coupon, key)
            if coupon.used:
                raise HTTPException(409)
            coupon.used = True
            db.add(Entry(amount=5))


@app.post("/e1")
async def claim(db: Db):
    coupon = await db.scalar(
        select(Coupon).where(Coupon.status == "new").limit(1).with_for_update(skip_locked=True)
    )
    if coupon is None:
        raise HTTPException(404)
    coupon.status = "taken"
    db.add(Entry(amount=5))
    await db.commit()


class Repo:
    def __init__(self, db: AsyncSession) -> None:
        self.db = db

    async def locked(self, key: int) -> Coupon:
        result = await self.db.execute(select(Coupon).where(Coupon.id == key).with_for_update())
        return result.scalars().one()

    async def get(self, key: int, *, for_update: bool = False) -> Coupon | None:
        query = select(Coupon).where(Coupon.id == key)
        if for_update:
            query = query.with_for_update()
        return (await self.db.execute(query)).scalars().first()


@app.post("/f1/{key}")
async def repository(key: int, db: Db):
    coupon = await Repo(db).locked(key)
    if coupon.used:
        raise HTTPException(409)
    coupon.used = True
    db.add(Entry(amount=5))
    await db.commit()


@app.post("/f2/{key}")
async def repository_flag(key: int, db: Db):
    coupon = await Repo(db).get(key, for_update=True)
    if coupon is None or coupon.used:
        raise HTTPException(409)
    coupon.used = True
    db.add(Entry(amount=5))
    await db.commit()


@asynccontextmanager
async def held(key: int):
    async with Session() as db, db.begin():
        yield db, await db.get(Coupon, key, with_for_update=True)


@app.post("/f3/{key}")
async def context(key: int):
    async with held(key) as (db, coupon):
        if coupon.used:
            raise HTTPException(409)
        coupon.used = True
        db.add(Entry(amount=5))


async def current(key: int, db: Db) -> Coupon:
    coupon = await db.get(Coupon, key, with_for_update=True)
    if coupon is None:
        raise HTTPException(404)
    return coupon


@app.post("/f4/{key}")
async def dependency(coupon: Annotated[Coupon, Depends(current)], db: Db):
    if coupon.used:
        raise HTTPException(409)
    coupon.used = True
    db.add(Entry(amount=5))
    await db.commit()
