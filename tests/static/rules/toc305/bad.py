from pathlib import Path

from fastapi import BackgroundTasks, FastAPI, HTTPException

app = FastAPI()
INBOX = Path("/srv/inbox")


def load(path):
    for line in path.open():
        app.log(line)


@app.post("/imports")
async def start(name: str, tasks: BackgroundTasks) -> None:
    path = INBOX / name
    if not path.is_file():  # finds: TOC305
        raise HTTPException(404)
    tasks.add_task(load, path)
