import tempfile
from pathlib import Path

from fastapi import FastAPI
from flask import Flask, request

app = FastAPI()
pages = Flask(__name__)


@app.post("/convert/{user}")
def convert(user: int, text: str) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(text)


@pages.post("/export")
def export():
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "export").write_bytes(request.get_data())
    return ""
