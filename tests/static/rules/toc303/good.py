import os
from pathlib import Path

from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse
from flask import Flask, send_from_directory

app = FastAPI()
pages = Flask(__name__)
EXPORTS = "/srv/exports"


@app.get("/exports/{name:path}")
def resolved(name: str) -> FileResponse:
    path = os.path.realpath(os.path.join(EXPORTS, name))
    if not path.startswith(EXPORTS + os.sep):
        raise HTTPException(404)
    return FileResponse(path)


@app.get("/texts/{name:path}")
def text(name: str) -> str:
    path = (Path(EXPORTS) / name).resolve()
    if not path.is_relative_to(EXPORTS):
        raise HTTPException(404)
    return path.read_text()


@app.get("/names/{name}")
def hidden(name: str) -> str:
    if name.startswith("."):
        raise HTTPException(404)
    with open(os.path.join(EXPORTS, name)) as file:
        return file.read()


@app.get("/kinds/{name}")
def of_another_file(name: str) -> str:
    path = os.path.join(EXPORTS, name)
    if path.startswith("/srv/exports/private"):
        raise HTTPException(404)
    with open("/srv/motd") as file:
        return file.read()


@pages.get("/exports/<path:name>")
def export(name):
    return send_from_directory(EXPORTS, name)
