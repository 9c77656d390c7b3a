import os
import tempfile
from pathlib import Path

from fastapi import FastAPI
from flask import Flask, request

app = FastAPI()
pages = Flask(__name__)


@app.post("/convert/{user}")
def convert(user: int, text: str) -> None:
    path = f"/tmp/convert-{user}.txt"
    with open(path, "w") as file:  # finds: TOC302
        file.write(text)


@app.post("/report")
def report(text: str) -> str:
    path = tempfile.mktemp(suffix=".csv")  # finds: TOC302
    with open(path, "w") as file:
        file.write(text)
    return path


@pages.post("/export")
def export():
    folder = os.path.join(tempfile.gettempdir(), "exports")
    Path(os.path.join(folder, str(os.getpid()))).write_bytes(request.get_data())  # finds: TOC302
    return ""


@app.post("/lock")
async def lock() -> None:
    (Path("/var/tmp") / "shop.pid").write_text("1")  # finds: TOC302
