from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import (
    ForeignKey,
    UniqueConstraint,
    and_,
    case,
    delete,
    exists,
    insert,
    select,
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
