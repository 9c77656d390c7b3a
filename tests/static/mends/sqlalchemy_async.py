from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import (
    ForeignKey,
    UniqueConstraint,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.orm.exc import StaleDataError

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


@app.post("/b1/{code}")
async def cond(code: str, db: Db):
    coupon = await db.scalar(select(Coupon).where(Coupon.code == code))
    if coupon.used:
        raise HTTPException(409)
    result = await db.execute(
        update(Coupon).where(Coupon.id == coupon.id, Coupon.used.is_(False)).values(used=True)
    )
    if result.rowcount == 0:
        raise HTTPException(409)
    db.add(Entry(amount=5))
    await db.commit()


@app.post("/b2/{code}")
async def cond_returning(code: str, db: Db):
    coupon = await db.scalar(select(Coupon).where(Coupon.code == code))
    if coupon.used:
        raise HTTPException(409)
    won = await db.scalar(
        update(Coupon)
        .where(and_(Coupon.id == coupon.id, Coupon.used == False))  # noqa: E712
        .values(used=True)
        .returning(Coupon.id)
    )
    if won is None:
        raise HTTPException(409)
    db.add(Entry(amount=5))
    await db.commit()


@app.post("/b3/{code}")
async def cond_left(code: str, db: Db):
    coupon = await db.scalar(select(Coupon).where(Coupon.code == code))
    if coupon.left <= 0:
        raise HTTPException(409)
    result = await db.execute(
        update(Coupon)
        .where(Coupon.id == coupon.id)
        .where(Coupon.left > 0)
        .values(left=Coupon.left - 1)
    )
    if result.rowcount != 1:
        raise HTTPException(409)
    await db.commit()


@app.post("/b4/{code}")
async def cond_dict(code: str, db: Db):
    coupon = await db.scalar(select(Coupon).where(Coupon.code == code))
    if coupon.status != "new":
        raise HTTPException(409)
    result = await db.execute(
        update(Coupon)
        .where(Coupon.id == coupon.id, Coupon.status == "new")
        .values({Coupon.status: "used"})
        .execution_options(synchronize_session=False)
    )
    if not result.rowcount:
        raise HTTPException(409)
    db.add(Entry(amount=5))
    await db.commit()


@app.post("/b5/{code}")
async def cond_delete(code: str, db: Db):
    coupon = await db.scalar(select(Coupon).where(Coupon.code == code))
    if coupon is None:
        raise HTTPException(404)
    result = await db.execute(delete(Coupon).where(Coupon.id == coupon.id))
    if result.rowcount == 0:
        raise HTTPException(404)
    db.add(Entry(amount=5))
    await db.commit()


@app.post("/b6/{code}")
async def cond_delete_returning(code: str, db: Db):
    row = await db.scalar(delete(Coupon).where(Coupon.code == code).returning(Coupon))
    if row is None:
        raise HTTPException(404)
    db.add(Entry(amount=5))
    await db.commit()


@app.post("/b7/{code}")
async def increment(code: str, db: Db):
    coupon = await db.scalar(select(Coupon).where(Coupon.code == code))
    coupon.left = Coupon.left - 1
    await db.commit()


@app.post("/c1/{key}")
async def version(key: int, title: str, db: Db):
    doc = await db.get(Doc, key)
    if doc.status == "closed":
        raise HTTPException(409)
    doc.status = "closed"
    doc.title = title
    db.add(Entry(amount=5))
    try:
        await db.commit()
    except StaleDataError:
        raise HTTPException(409) from None


@app.post("/c2/{event_id}/{number}")
async def integrity(event_id: int, number: int, db: Db):
    seat = await db.scalar(select(Seat).where(Seat.event_id == event_id, Seat.number == number))
    if seat:
        raise HTTPException(409)
    db.add(Seat(event_id=event_id, number=number))
    try:
        await db.commit()
    except IntegrityError as error:
        await db.rollback()
        raise HTTPException(409) from error


@app.post("/c3/{event_id}/{number}")
async def integrity_nested(event_id: int, number: int, db: Db):
    seat = await db.scalar(select(Seat).where(Seat.event_id == event_id, Seat.number == number))
    if seat is None:
        try:
            async with db.begin_nested():
                seat = Seat(event_id=event_id, number=number)
                db.add(seat)
        except IntegrityError:
            seat = await db.scalar(
                select(Seat).where(Seat.event_id == event_id, Seat.number == number)
            )
    await db.commit()
    return seat.id


@app.post("/c4/{event_id}/{number}")
async def on_conflict(event_id: int, number: int, db: Db):
    seat = await db.scalar(select(Seat).where(Seat.event_id == event_id, Seat.number == number))
    if seat is None:
        await db.execute(
            pg_insert(Seat).values(event_id=event_id, number=number).on_conflict_do_nothing()
        )
    await db.commit()


@app.post("/c5/{event_id}/{number}")
async def on_conflict_update(event_id: int, number: int, db: Db):
    statement = pg_insert(Seat).values(event_id=event_id, number=number)
    statement = statement.on_conflict_do_update(
        index_elements=["event_id", "number"], set_={"number": statement.excluded.number}
    )
    await db.execute(statement)
    await db.commit()


@app.post("/c6/{event_id}/{number}")
async def integrity_far(event_id: int, number: int, db: Db):
    try:
        await _take(db, event_id, number)
    except IntegrityError:
        raise HTTPException(409) from None


async def _take(db: AsyncSession, event_id: int, number: int) -> None:
    seat = await db.scalar(select(Seat).where(Seat.event_id == event_id, Seat.number == number))
    if seat:
        raise HTTPException(409)
    db.add(Seat(event_id=event_id, number=number))
    await db.flush()
    await db.commit()


@app.exception_handler(IntegrityError)
async def conflict(request, error): ...


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


@app.post("/e2")
async def claim_subquery(db: Db):
    picked = (
        select(Coupon.id)
        .where(Coupon.status == "new")
        .order_by(Coupon.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    row = await db.scalar(
        update(Coupon).where(Coupon.id == picked).values(status="taken").returning(Coupon)
    )
    if row is None:
        raise HTTPException(404)
    db.add(Entry(amount=5))
    await db.commit()


@app.post("/e3/{key}")
async def insert_select(key: int, db: Db):
    statement = insert(Seat).from_select(
        ["event_id", "number"],
        select(Event.id, 1).where(Event.id == key, ~exists().where(Seat.event_id == key)),
    )
    result = await db.execute(statement)
    if result.rowcount == 0:
        raise HTTPException(409)
    await db.commit()


@app.post("/e4/{key}")
async def when(key: int, db: Db):
    await db.execute(
        update(Coupon)
        .where(Coupon.id == key)
        .values(left=case((Coupon.left > 0, Coupon.left - 1), else_=0))
    )
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


async def charge(coupon: Coupon) -> None: ...


@app.post("/g1/{key}")
async def taken_under_a_lock(key: int):
    async with Session.begin() as db:
        coupon = await db.get(Coupon, key, with_for_update=True)
        if coupon.status != "new":
            raise HTTPException(409)
        coupon.status = "processing"
    await charge(coupon)
    async with Session.begin() as db:
        coupon = await db.get(Coupon, key)
        if coupon.status == "processing":
            coupon.status = "done"
            db.add(Entry(amount=5))


@app.post("/g2/{key}")
async def taken_by_an_update(key: int, db: Db):
    coupon = await db.get(Coupon, key)
    if coupon.status != "new":
        raise HTTPException(409)
    taking = update(Coupon).where(Coupon.id == key, Coupon.status == "new")
    result = await db.execute(taking.values(status="processing"))
    await db.commit()
    if result.rowcount == 0:
        raise HTTPException(409)
    await charge(coupon)
    await db.execute(update(Coupon).where(Coupon.id == key).values(status="done"))
    await db.commit()


@app.post("/g3/{key}")
async def racy_without_taking(key: int, db: Db):
    coupon = await db.get(Coupon, key)
    if coupon.status != "new":
        raise HTTPException(409)
    await db.commit()
    await charge(coupon)
    await db.execute(update(Coupon).where(Coupon.id == key).values(status="done"))
    await db.commit()
