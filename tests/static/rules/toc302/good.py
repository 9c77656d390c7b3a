import os
import tempfile
from pathlib import Path
from uuid import uuid4

from fastapi import FastAPI
from flask import Flask, request

app = FastAPI()
pages = Flask(__name__)


FOLDER = Path("/srv/shop/tmp")


@app.post("/convert/{user}")
def convert(user: int, text: str) -> None:
    with open(f"/tmp/convert-{user}-{uuid4()}.txt", "w") as file:
        file.write(text)


@app.post("/own/{user}")
def own_folder(user: int, text: str) -> None:
    (FOLDER / f"convert-{user}.txt").write_text(text)


@app.post("/new/{user}")
def nobody_else(user: int, text: str) -> None:
    with open(f"/tmp/convert-{user}.txt", "x") as file:
        file.write(text)


@app.get("/read")
def read() -> str:
    return Path("/tmp/motd").read_text()


@app.post("/folder")
def folder(text: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(os.path.join(name, "out.txt")).write_text(text)


@app.post("/somewhere")
def configured(text: str) -> None:
    Path(os.environ.get("OUT", "/tmp/out.txt")).write_text(text)


@pages.post("/temporary")
def temporary():
    with tempfile.NamedTemporaryFile() as file:
        file.write(request.get_data())
    return ""
