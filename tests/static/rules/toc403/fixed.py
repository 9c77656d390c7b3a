import threading

from fastapi import FastAPI
from flask import Flask
from pools import Scheduler, connect

app = FastAPI()
pages = Flask(__name__)
lock = threading.Lock()
_scheduler = None


@app.on_event("startup")
async def start() -> None:
    app.state.client = await connect("db")


@app.get("/items")
async def items() -> str:
    return await app.state.client.items()


@pages.get("/jobs")
def jobs():
    global _scheduler
    with lock:
        if _scheduler is None:
            _scheduler = Scheduler()
            _scheduler.start()
    return ""
