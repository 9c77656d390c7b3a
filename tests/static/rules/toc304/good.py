import os
import stat
from pathlib import Path

from fastapi import FastAPI, HTTPException

app = FastAPI()
UPLOADS = Path("/srv/uploads")


@app.get("/uploads/{name}")
def download(name: str) -> bytes:
    descriptor = os.open(UPLOADS / name, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise HTTPException(404)
        return file.read()


@app.delete("/uploads/{name}")
def delete(name: str) -> None:
    path = UPLOADS / name
    if path.is_symlink():
        path.unlink(missing_ok=True)


@app.get("/sizes/{name}")
def small(name: str) -> bytes:
    path = UPLOADS / name
    if path.stat().st_size > 1000:
        raise HTTPException(413)
    return path.read_bytes()


@app.get("/other/{name}")
def of_another_file(name: str) -> bytes:
    if (UPLOADS / name).is_symlink():
        raise HTTPException(403)
    return (UPLOADS / "index").read_bytes()
