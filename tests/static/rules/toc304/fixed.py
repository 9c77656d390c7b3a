import os
import stat
from pathlib import Path

from fastapi import FastAPI, HTTPException

app = FastAPI()
UPLOADS = Path("/srv/uploads")


@app.get("/uploads/{name}")
def download(name: str) -> bytes:
    try:
        descriptor = os.open(UPLOADS / name, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        raise HTTPException(404) from None
    with os.fdopen(descriptor, "rb") as file:
        if os.fstat(file.fileno()).st_uid != os.getuid():
            raise HTTPException(403)
        return file.read()


@app.post("/uploads/{name}/publish")
def publish(name: str) -> None:
    os.chmod(UPLOADS / name, stat.S_IRUSR, follow_symlinks=False)
