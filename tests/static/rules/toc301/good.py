from pathlib import Path

from fastapi import FastAPI, HTTPException

app = FastAPI()
FOLDER = Path("/srv/files")


@app.get("/files/{name}")
def read(name: str) -> str:
    path = FOLDER / name
    if not path.exists():
        raise HTTPException(404)
    return path.read_text()
