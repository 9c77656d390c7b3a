import threading

from fastapi import FastAPI
from flask import Flask
from pools import Scheduler, Settings

app = FastAPI()
pages = Flask(__name__)
lock = threading.Lock()
_settings = None
_scheduler = None
_ready = False


@app.get("/settings")
async def settings() -> str:
    global _settings
    if _settings is None:
        _settings = Settings()
    return _settings.name


@pages.get("/jobs")
def jobs():
    global _scheduler
    if _scheduler is None:
        with lock:
            if _scheduler is None:
                _scheduler = Scheduler()
    return ""


@pages.get("/ready")
def ready():
    global _ready
    if not _ready:
        _ready = True
    return ""


@pages.post("/scheduler")
def replaced():
    global _scheduler
    with lock:
        _scheduler = Scheduler()
    return ""


@pages.get("/local")
def local():
    made = None
    if made is None:
        made = Scheduler()
    return made.name
