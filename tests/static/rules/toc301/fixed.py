from pathlib import Path

from fastapi import FastAPI, HTTPException

app = FastAPI()
FOLDER = Path("/srv/files")


@app.post("/files/{name}")
def create(name: str, text: str) -> None:
    try:
        with open(FOLDER / name, "x") as file:
            file.write(text)
    except FileExistsError:
        raise HTTPException(409) from None


@app.post("/folders/{name}")
def folder(name: str) -> None:
    path = FOLDER / name
    if not path.exists():
        path.mkdir(exist_ok=True)
