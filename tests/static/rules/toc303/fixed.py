from pathlib import Path

from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse
from flask import Flask, send_from_directory

app = FastAPI()
pages = Flask(__name__)
EXPORTS = "/srv/exports"


@app.get("/exports/{name:path}")
def resolved(name: str) -> FileResponse:
    path = (Path(EXPORTS) / name).resolve()
    if not path.is_relative_to(EXPORTS):
        raise HTTPException(404)
    return FileResponse(path)


@pages.get("/exports/<path:name>")
def export(name):
    return send_from_directory(EXPORTS, name)
