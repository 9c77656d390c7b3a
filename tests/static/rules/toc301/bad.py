from pathlib import Path

from fastapi import FastAPI, HTTPException

app = FastAPI()
FOLDER = Path("/srv/files")


@app.post("/files/{name}")
def create(name: str, text: str) -> None:
    path = FOLDER / name
    if path.exists():  # finds: TOC301
        raise HTTPException(409)
    path.write_text(text)


@app.post("/folders/{name}")
def folder(name: str) -> None:
    path = FOLDER / name
    if not path.exists():  # finds: TOC301
        path.mkdir()
