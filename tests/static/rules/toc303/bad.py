import os
from pathlib import Path

from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse
from flask import Flask, abort, send_file

app = FastAPI()
pages = Flask(__name__)
EXPORTS = "/srv/exports"


@pages.get("/exports/<path:name>")
def export(name):
    path = os.path.join(EXPORTS, name)
    if not path.startswith(EXPORTS):  # finds: TOC303
        abort(404)
    return send_file(path)


@app.get("/exports/{name:path}")
def resolved(name: str) -> FileResponse:
    path = os.path.realpath(os.path.join(EXPORTS, name))
    if not path.startswith(EXPORTS):  # finds: TOC303
        raise HTTPException(404)
    return FileResponse(path)


@app.get("/texts/{name:path}")
def text(name: str) -> str:
    path = Path(EXPORTS) / name
    if str(path).startswith(EXPORTS + "/"):  # finds: TOC303
        return path.read_text()
    raise HTTPException(404)


@app.get("/common/{name:path}")
def common(name: str) -> str:
    path = os.path.join(EXPORTS, name)
    if os.path.commonprefix([path, EXPORTS]) != EXPORTS:  # finds: TOC303
        raise HTTPException(404)
    with open(path) as file:
        return file.read()
