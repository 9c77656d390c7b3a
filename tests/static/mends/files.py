import asyncio
import fcntl
import json
import os
import tempfile
import threading
from pathlib import Path

import redis.asyncio as aioredis
from fastapi import FastAPI, HTTPException
from filelock import FileLock
from redis import Redis

app = FastAPI()
r = Redis()
ar = aioredis.Redis()
lock = asyncio.Lock()
locks: dict[str, asyncio.Lock] = {}
tlock = threading.Lock()
running: set[str] = set()
balances: dict[str, int] = {}
ROOT = Path("/srv/files")


@app.post("/racy2/{k}")
def racy_exists(k: str):
    p = ROOT / k
    if p.exists():
        raise HTTPException(409)
    p.write_text("x")


# --- files
@app.post("/f1/{k}")
def exclusive(k: str):
    try:
        with open(ROOT / k, "x") as f:
            f.write("x")
    except FileExistsError:
        raise HTTPException(409) from None


@app.post("/f2/{k}")
def o_excl(k: str):
    p = ROOT / k
    if p.exists():
        raise HTTPException(409)
    try:
        fd = os.open(p, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise HTTPException(409) from None
    with os.fdopen(fd, "w") as f:
        f.write("x")


@app.post("/f3/{k}")
def atomic_rename(k: str):
    p = ROOT / k
    fd, name = tempfile.mkstemp(dir=p.parent)
    with os.fdopen(fd, "w") as f:
        f.write("x")
    os.replace(name, p)


@app.post("/f4/{k}")
def link(k: str):
    p = ROOT / k
    with tempfile.NamedTemporaryFile("w", dir=ROOT, delete=False) as f:
        f.write("x")
    try:
        os.link(f.name, p)
    except FileExistsError:
        raise HTTPException(409) from None
    finally:
        os.unlink(f.name)


@app.post("/f5/{k}")
def makedirs(k: str):
    os.makedirs(ROOT / k, exist_ok=True)
    (ROOT / k).mkdir(parents=True, exist_ok=True)


@app.post("/f6/{k}")
def makedirs_eexist(k: str):
    import errno

    if not os.path.exists(ROOT / k):
        try:
            os.makedirs(ROOT / k)
        except OSError as error:
            if error.errno != errno.EEXIST:
                raise


@app.delete("/f7/{k}")
def unlink(k: str):
    (ROOT / k).unlink(missing_ok=True)
    try:
        os.remove(ROOT / k)
    except FileNotFoundError:
        raise HTTPException(404) from None


@app.post("/f8/{k}")
def file_lock(k: str):
    with FileLock(str(ROOT / "lock")):
        p = ROOT / k
        if p.exists():
            raise HTTPException(409)
        p.write_text("x")


@app.post("/f9/{k}")
def flock(k: str):
    with open(ROOT / "lock", "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        p = ROOT / k
        if p.exists():
            raise HTTPException(409)
        p.write_text("x")


@app.post("/f10/{k}")
def read_then_write_locked(k: str):
    with open(ROOT / "n", "r+") as f:
        fcntl.lockf(f, fcntl.LOCK_EX)
        data = json.load(f)
        data[k] = 1
        f.seek(0)
        json.dump(data, f)
