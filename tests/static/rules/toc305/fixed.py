from pathlib import Path

from fastapi import BackgroundTasks, FastAPI, HTTPException

app = FastAPI()
INBOX = Path("/srv/inbox")


def load(file):
    with file:
        for line in file:
            app.log(line)


@app.post("/imports")
async def start(name: str, tasks: BackgroundTasks) -> None:
    try:
        file = (INBOX / name).open()
    except OSError:
        raise HTTPException(404) from None
    tasks.add_task(load, file)
