import asyncio
import threading
from pathlib import Path

import redis.asyncio as aioredis
from fastapi import FastAPI, HTTPException
from redis import Redis
from redis.exceptions import WatchError

app = FastAPI()
r = Redis()
ar = aioredis.Redis()
lock = asyncio.Lock()
locks: dict[str, asyncio.Lock] = {}
tlock = threading.Lock()
running: set[str] = set()
balances: dict[str, int] = {}
ROOT = Path("/srv/files")


@app.post("/racy1/{k}")
async def racy_token(k: str):
    user = await ar.get(f"token:{k}")
    if user is None:
        raise HTTPException(404)
    await ar.delete(f"token:{k}")
    await ar.rpush("log", user)


@app.post("/racy3/{k}")
async def racy_counter(k: str):
    n = int(await ar.get(f"n:{k}") or 0)
    if n >= 5:
        raise HTTPException(429)
    await ar.set(f"n:{k}", n + 1)


@app.post("/t1/{k}")
async def getdel(k: str):
    user = await ar.getdel(f"token:{k}")
    if user is None:
        raise HTTPException(404)
    await ar.rpush("log", user)


@app.post("/t2/{k}")
async def delete_heard(k: str):
    user = await ar.get(f"token:{k}")
    if user is None or not await ar.delete(f"token:{k}"):
        raise HTTPException(404)
    await ar.rpush("log", user)


@app.post("/t3/{k}")
async def setnx_first(k: str):
    if not await ar.set(f"used:{k}", "1", nx=True, ex=600):
        raise HTTPException(409)
    await ar.rpush("log", k)


@app.post("/t4/{k}")
def setnx_sync(k: str):
    if not r.setnx(f"used:{k}", 1):
        raise HTTPException(409)
    r.expire(f"used:{k}", 60)
    r.rpush("log", k)


@app.post("/t5/{k}")
async def incr_first(k: str):
    n = await ar.incr(f"n:{k}")
    if n == 1:
        await ar.expire(f"n:{k}", 60)
    if n > 5:
        raise HTTPException(429)


@app.post("/t6/{k}")
def pipe_watch(k: str):
    with r.pipeline() as pipe:
        while True:
            try:
                pipe.watch(f"n:{k}")
                n = int(pipe.get(f"n:{k}") or 0)
                if n >= 5:
                    raise HTTPException(429)
                pipe.multi()
                pipe.set(f"n:{k}", n + 1)
                pipe.execute()
                break
            except WatchError:
                continue


@app.post("/t7/{k}")
async def redis_lock(k: str):
    async with ar.lock(f"lock:{k}", timeout=10):
        n = int(await ar.get(f"n:{k}") or 0)
        if n >= 5:
            raise HTTPException(429)
        await ar.set(f"n:{k}", n + 1)


@app.post("/t8/{k}")
def redis_lock_acquire(k: str):
    held = r.lock(f"lock:{k}", timeout=10)
    if not held.acquire(blocking=False):
        raise HTTPException(423)
    try:
        n = int(r.get(f"n:{k}") or 0)
        if n >= 5:
            raise HTTPException(429)
        r.set(f"n:{k}", n + 1)
    finally:
        held.release()


SCRIPT = """
local n = tonumber(redis.call('GET', KEYS[1]) or '0')
if n >= 5 then return 0 end
redis.call('SET', KEYS[1], n + 1)
return 1
"""


@app.post("/t9/{k}")
async def script(k: str):
    if not await ar.eval(SCRIPT, 1, f"n:{k}"):
        raise HTTPException(429)


@app.post("/t10/{k}")
async def pipe_get_delete(k: str):
    async with ar.pipeline(transaction=True) as pipe:
        user, _ = await pipe.get(f"token:{k}").delete(f"token:{k}").execute()
    if user is None:
        raise HTTPException(404)
    await ar.rpush("log", user)


@app.post("/t11/{k}")
async def sadd(k: str):
    if await ar.sadd("seen", k) == 0:
        raise HTTPException(409)
    await ar.rpush("log", k)


@app.post("/t12/{k}")
async def hsetnx(k: str):
    if not await ar.hsetnx("owners", k, "me"):
        raise HTTPException(409)
    await ar.rpush("log", k)
