from fastapi import FastAPI
from flask import Flask
from pools import Scheduler, connect

app = FastAPI()
pages = Flask(__name__)
_client = None
_scheduler = None


async def client():
    global _client
    if _client is None:  # finds: TOC403
        _client = await connect("db")
    return _client


@app.get("/items")
async def items() -> str:
    return await (await client()).items()


@pages.get("/jobs")
def jobs():
    global _scheduler
    if not _scheduler:  # finds: TOC403
        _scheduler = Scheduler()
        _scheduler.start()
    return ""
