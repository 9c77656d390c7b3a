from dataclasses import dataclass, replace

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

Session = async_sessionmaker(create_async_engine("postgresql+asyncpg://x/y"))
app = FastAPI()


class Quote(BaseModel):
    key: str
    state: str
    title: str
    expiry: int


@dataclass(frozen=True)
class Note:
    key: str
    title: str
    state: str


async def quote_of(db, key):
    found = await db.execute(text("SELECT * FROM quotes WHERE key = :key"), {"key": key})
    row = found.mappings().first()
    if row is None:
        return None
    return Quote(key=row["key"], state=row["state"], title=row["title"], expiry=row["expiry"])


async def note_of(db, key):
    found = await db.execute(text("SELECT * FROM notes WHERE key = :key"), {"key": key})
    row = found.mappings().first()
    return Note(key=row["key"], title=row["title"], state=row["state"]) if row else None


async def settle(db, quote):
    await db.execute(
        text("UPDATE quotes SET state = 'PAID', title = 'paid' WHERE key = :key"),
        {"key": quote.key},
    )


async def retitle(db, key, title):
    sql = text("UPDATE quotes SET title = :title WHERE key = :key")
    await db.execute(sql, {"key": key, "title": title})


async def rename(db, key, title):
    sql = text("UPDATE notes SET title = :title WHERE key = :key")
    await db.execute(sql, {"key": key, "title": title})


@app.post("/a/{key}")
async def racy_state(key: str):
    async with Session.begin() as db:
        quote = await quote_of(db, key)
        if not quote or quote.state != "UNPAID":
            raise HTTPException(409)
        await settle(db, quote.model_copy())
        await db.execute(text("INSERT INTO payouts (quote) VALUES (:key)"), {"key": key})


@app.post("/b/{key}")
async def racy_copy(key: str):
    async with Session.begin() as db:
        quote = await quote_of(db, key)
        seen = quote.model_copy(update={"title": "seen"})
        if seen.state == "PAID":
            raise HTTPException(409)
        await settle(db, seen)
        await db.execute(text("INSERT INTO payouts (quote) VALUES (:key)"), {"key": key})


@app.post("/c/{key}")
async def there(key: str, title: str):
    async with Session.begin() as db:
        quote = await quote_of(db, key)
        if not quote:
            raise HTTPException(404)
        await retitle(db, key, title)
        await db.execute(text("INSERT INTO events (quote) VALUES (:key)"), {"key": key})


@app.post("/d/{key}")
async def none_of_it(key: str, title: str):
    async with Session.begin() as db:
        note = await note_of(db, key)
        if note is None:
            raise HTTPException(404)
        await rename(db, key, title)
        await db.execute(text("INSERT INTO events (quote) VALUES (:key)"), {"key": key})


@app.post("/e/{key}")
async def other_column_of_a_copy(key: str, title: str):
    async with Session.begin() as db:
        quote = (await quote_of(db, key)).model_copy(update={"state": "SEEN"})
        if quote.expiry < 5:
            raise HTTPException(410)
        await retitle(db, key, title)
        await db.execute(text("INSERT INTO events (quote) VALUES (:key)"), {"key": key})


@app.post("/f/{key}")
async def other_column_of_another(key: str, title: str):
    async with Session.begin() as db:
        note = replace(await note_of(db, key), title=title)
        if note.state == "closed":
            raise HTTPException(410)
        await rename(db, key, title)
        await db.execute(text("INSERT INTO events (quote) VALUES (:key)"), {"key": key})
