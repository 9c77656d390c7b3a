from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import and_, delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

app = FastAPI()


class Base(DeclarativeBase):
    pass


class Shelf(Base):
    __tablename__ = "shelves"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[int]
    name: Mapped[str]


async def session() -> AsyncSession: ...


Db = Annotated[AsyncSession, Depends(session)]


@app.post("/shelves")
async def add(name: str, me: int, db: Db) -> None:
    taken = await db.scalar(  # finds: TOC205
        select(exists().where(Shelf.owner == me, Shelf.name == name))
    )
    if taken:
        raise HTTPException(409)
    db.add(Shelf(owner=me, name=name))
    await db.commit()


@app.post("/entities/shelves")
async def add_of_entity(name: str, db: Db) -> None:
    if await db.scalar(select(exists(Shelf).where(Shelf.name == name))):  # finds: TOC205
        raise HTTPException(409)
    db.add(Shelf(name=name))
    await db.commit()


@app.post("/statements/shelves")
async def add_of_statement(name: str, me: int, db: Db) -> None:
    there = select(Shelf.id).where(and_(Shelf.owner == me, Shelf.name == name))
    if await db.scalar(select(there.exists())):  # finds: TOC205
        raise HTTPException(409)
    db.add(Shelf(owner=me, name=name))
    await db.commit()


@app.post("/selected/shelves")
async def add_selected(name: str, db: Db) -> None:
    if (await db.execute(exists().where(Shelf.name == name).select())).scalar():  # finds: TOC205
        raise HTTPException(409)
    db.add(Shelf(name=name))
    await db.commit()


@app.delete("/shelves/{key}")
async def drop(key: int, me: int, db: Db) -> None:
    mine = exists().where(Shelf.owner == me)
    await db.execute(delete(Shelf).where(Shelf.id == key, mine))
    await db.commit()
