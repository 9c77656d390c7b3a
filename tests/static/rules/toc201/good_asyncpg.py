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
    done = await db.execute("UPDATE orders SET state = 'paid' WHERE id = $1 AND state = 'new'", key)
    if done != "UPDATE 1":
        raise HTTPException(409)


@app.post("/seats/{key}/take")
async def take(key: int, who: str, db: Connection) -> None:
    async with db.transaction(isolation="serializable"):
        taken = await db.fetchval("SELECT count(*) FROM seats WHERE taken = 1")
        if taken >= 100:
            raise HTTPException(409)
        await db.execute("UPDATE seats SET taken = 1, who = $2 WHERE id = $1", key, who)
