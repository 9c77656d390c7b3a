from typing import Annotated

import asyncpg
from fastapi import Depends, FastAPI, HTTPException

app = FastAPI()
pool = asyncpg.create_pool("postgresql:///shop")


async def connection():
    async with pool.acquire() as opened:
        yield opened


Connection = Annotated[asyncpg.Connection, Depends(connection)]


@app.post("/orders/{key}/pay")
async def pay(key: int, db: Connection) -> None:
    row = await db.fetchrow("SELECT state, total FROM orders WHERE id = $1", key)  # finds: TOC201
    if row["state"] != "new":
        raise HTTPException(409)
    async with db.transaction():
        await db.execute("UPDATE orders SET state = 'paid' WHERE id = $1", key)


@app.post("/seats/{key}/take")
async def take(key: int, who: str, db: Connection) -> None:
    taken = await db.fetchval("SELECT count(*) FROM seats WHERE taken = 1")  # finds: TOC201
    if taken >= 100:
        raise HTTPException(409)
    await db.execute("UPDATE seats SET taken = 1, who = $2 WHERE id = $1", key, who)
