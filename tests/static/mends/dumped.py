from cleaning import cleaned
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Session = async_sessionmaker(create_async_engine("postgresql+asyncpg://x/y"))
app = FastAPI()


class Base(DeclarativeBase):
    pass


class Shop(Base):
    __tablename__ = "shops"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str]
    note: Mapped[str]


class ShopIn(BaseModel):
    slug: str
    name: str


class StatusIn(BaseModel):
    status: str


class NoteIn(BaseModel):
    note: str


class Event(Base):
    __tablename__ = "events"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]


async def found(db, slug):
    return await db.scalar(select(Shop).where(Shop.slug == slug))


async def changed(db, row, values):
    for name, value in values.items():
        setattr(row, name, value)
    db.add(Event(kind="changed"))
    await db.commit()


@app.post("/a")
async def racy_fields(body: ShopIn):
    async with Session() as db:
        if await found(db, body.slug):
            raise HTTPException(409)
        db.add(Shop(**body.model_dump()))
        await db.commit()


@app.post("/b")
async def racy_and_more(body: ShopIn):
    async with Session() as db:
        if await found(db, body.slug):
            raise HTTPException(409)
        values = body.model_dump(exclude={"name"})
        values["name"] = "new"
        db.add(Shop(**values))
        await db.commit()


@app.post("/c")
async def racy_unknown(body: dict, slug: str):
    async with Session() as db:
        if await found(db, slug):
            raise HTTPException(409)
        values = cleaned(body)
        values["name"] = "new"
        db.add(Shop(**values))
        await db.commit()


@app.post("/d")
async def racy_errors(body: ShopIn):
    errors = []
    async with Session() as db:
        if await found(db, body.slug):
            errors.append({"loc": "slug"})
        if not body.name:
            errors.append({"loc": "name"})
        if errors:
            raise HTTPException(422, errors)
        db.add(Shop(**body.model_dump()))
        await db.commit()


@app.put("/e/{key}")
async def racy_set(key: int, body: StatusIn):
    async with Session() as db:
        order = await db.get(Order, key)
        if order.status != "open":
            raise HTTPException(409)
        await changed(db, order, body.model_dump(exclude_unset=True))


@app.post("/f")
async def handled(body: ShopIn):
    errors = []
    async with Session() as db:
        if await found(db, body.slug):
            errors.append({"loc": "slug"})
        if errors:
            raise HTTPException(422, errors)
        try:
            db.add(Shop(**body.model_dump()))
            await db.commit()
        except IntegrityError:
            raise HTTPException(409) from None


@app.put("/g/{key}")
async def other_fields(key: int, body: NoteIn):
    async with Session() as db:
        order = await db.get(Order, key)
        if order.status != "open":
            raise HTTPException(409)
        await changed(db, order, body.model_dump(exclude_unset=True))


@app.put("/h/{key}")
async def locked(key: int, body: StatusIn):
    async with Session() as db:
        order = await db.get(Order, key, with_for_update=True)
        if order.status != "open":
            raise HTTPException(409)
        await changed(db, order, body.model_dump())


@app.post("/i")
async def one_of_another_name(body: ShopIn):
    async with Session() as db:
        first = await found(db, "first")
        if first is not None:
            raise HTTPException(409)
        db.add(Shop(**{**body.model_dump(), "slug": "second"}))
        await db.commit()


@app.post("/j")
async def racy_list(slug: str):
    rows = []
    async with Session() as db:
        if await found(db, slug):
            raise HTTPException(409)
        rows.append(Shop(slug=slug, name="new"))
        db.add_all(rows)
        await db.commit()


async def matching(db, **wanted):
    statement = select(Order)
    for name, value in wanted.items():
        if value is not None:
            statement = statement.where(getattr(Order, name) == value)
    return await db.scalar(statement)


@app.post("/k/{key}")
async def racy_search(key: int):
    async with Session() as db:
        order = await matching(db, id=key)
        if order.status != "open":
            raise HTTPException(409)
        order.status = "paid"
        db.add(Event(kind="paid"))
        await db.commit()


@app.post("/l/{key}")
async def of_another_kind(key: int):
    async with Session() as db:
        if await matching(db, note="first") is not None:
            raise HTTPException(409)
        db.add(Order(id=key, note="second", status="open"))
        await db.commit()
