from pathlib import Path

from fastapi import BackgroundTasks, FastAPI, HTTPException

app = FastAPI()
INBOX = Path("/srv/inbox")


def load(path):
    for line in path.open():
        app.log(line)


@app.post("/imports")
async def start(name: str, tasks: BackgroundTasks) -> None:
    if name.startswith("."):
        raise HTTPException(404)
    tasks.add_task(load, INBOX / name)


@app.post("/others")
async def another(name: str, tasks: BackgroundTasks) -> None:
    if not (INBOX / name).is_file():
        raise HTTPException(404)
    tasks.add_task(load, INBOX / "index")


@app.get("/imports/{name}")
async def read(name: str) -> str:
    path = INBOX / name
    if not path.is_file():
        raise HTTPException(404)
    return path.read_text()
