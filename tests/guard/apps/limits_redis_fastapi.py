"""One coupon in Redis, for FastAPI, awaited."""

import os

import redis
import redis.asyncio
from fastapi import FastAPI, HTTPException

from tocsin.guard.fastapi import install
from tocsin.guard.limits import Stock
from tocsin.guard.redis.asyncio import consume

COUPON = Stock("coupon", 1)
client = redis.asyncio.Redis.from_url(os.environ["GUARDED_REDIS"])


def seed():
    with redis.Redis.from_url(os.environ["GUARDED_REDIS"]) as plain:
        plain.flushdb()
        plain.set("unguarded", 0)


app = FastAPI()
install(app)


@app.post("/guarded")
async def redeem():
    return {"left": await consume(client, COUPON, "TEN")}


@app.post("/unguarded")
async def redeem_unguarded():
    used = int(await client.get("unguarded"))
    if used >= COUPON.amount:
        raise HTTPException(409)
    await client.set("unguarded", used + 1)
    return {"left": COUPON.amount - used - 1}
