import os
from pathlib import Path

from fastapi import FastAPI, HTTPException

app = FastAPI()
UPLOADS = Path("/srv/uploads")


@app.get("/uploads/{name}")
def download(name: str) -> bytes:
    path = UPLOADS / name
    if path.is_symlink():  # finds: TOC304
        raise HTTPException(403)
    return path.read_bytes()


@app.post("/uploads/{name}/publish")
def publish(name: str) -> None:
    path = os.path.join("/srv/uploads", name)
    if os.path.islink(path):  # finds: TOC304
        raise HTTPException(403)
    os.chmod(path, 0o644)


@app.get("/owned/{name}")
def owned(name: str) -> bytes:
    path = os.path.join("/srv/uploads", name)
    if os.stat(path).st_uid != os.getuid():  # finds: TOC304
        raise HTTPException(403)
    with open(path, "rb") as file:
        return file.read()
