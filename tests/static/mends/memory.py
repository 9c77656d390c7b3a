import asyncio
import hashlib
import threading
from collections import defaultdict
from pathlib import Path

import redis.asyncio as aioredis
from fastapi import FastAPI, HTTPException
from redis import Redis

app = FastAPI()
r = Redis()
ar = aioredis.Redis()
lock = asyncio.Lock()
locks: dict[str, asyncio.Lock] = {}
tlock = threading.Lock()
running: set[str] = set()
balances: dict[str, int] = {}
others: dict[str, int] = {}
kept: dict[str, int] = {}
threaded: dict[str, int] = {}
plain: dict[str, int] = {}
ROOT = Path("/srv/files")


@app.post("/racy/{k}")
async def racy_take(k: str):
    if others.get(k, 0) < 5:
        raise HTTPException(402)
    await asyncio.sleep(0)
    others[k] -= 5


@app.post("/m1/{k}")
async def async_lock(k: str):
    async with lock:
        if balances.get(k, 0) < 5:
            raise HTTPException(402)
        await asyncio.sleep(0)
        balances[k] -= 5


@app.post("/m2/{k}")
async def async_lock_per_key(k: str):
    async with locks.setdefault(k, asyncio.Lock()):
        if kept.get(k, 0) < 5:
            raise HTTPException(402)
        await asyncio.sleep(0)
        kept[k] -= 5


@app.post("/m3/{k}")
def thread_lock(k: str):
    with tlock:
        if threaded.get(k, 0) < 5:
            raise HTTPException(402)
        hashlib.sha256(b"x")
        threaded[k] -= 5


@app.post("/m4/{k}")
async def entered(k: str):
    if k in running:
        raise HTTPException(409)
    running.add(k)
    try:
        await asyncio.sleep(0)
    finally:
        running.discard(k)


@app.post("/m5/{k}")
async def recheck_after_await(k: str):
    await asyncio.sleep(0)
    if plain.get(k, 0) < 5:
        raise HTTPException(402)
    plain[k] -= 5


defaults = defaultdict(asyncio.Lock)
guarded: dict[str, int] = {}
helped: dict[str, int] = {}


@app.post("/m6/{k}")
async def async_lock_by_default(k: str):
    async with defaults[k]:
        if guarded.get(k, 0) < 5:
            raise HTTPException(402)
        await asyncio.sleep(0)
        guarded[k] -= 5


def lock_for(k: str):
    if k not in locks:
        locks[k] = asyncio.Lock()
    return locks[k]


@app.post("/m7/{k}")
async def async_lock_of_helper(k: str):
    async with lock_for(k):
        if helped.get(k, 0) < 5:
            raise HTTPException(402)
        await asyncio.sleep(0)
        helped[k] -= 5


class Purse:
    def __init__(self) -> None:
        self.locks = {}
        self.amounts = {}

    async def take(self, k: str) -> None:
        if k not in self.locks:
            self.locks[k] = asyncio.Lock()
        async with self.locks[k]:
            if self.amounts.get(k, 0) < 5:
                raise HTTPException(402)
            await asyncio.sleep(0)
            self.amounts[k] -= 5


purse = Purse()


@app.post("/m8/{k}")
async def async_lock_of_object(k: str):
    await purse.take(k)
