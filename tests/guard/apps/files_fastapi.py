"""One name that two uploads ask for, for FastAPI."""

from pathlib import Path

from fastapi import FastAPI, HTTPException, Request

from tocsin.guard.fastapi import install, receive
from tocsin.guard.files import Root

folder = Path(__file__).with_name("uploads")
folder.mkdir(exist_ok=True)
root = Root(folder)


def seed():
    for each in folder.iterdir():
        each.unlink()


app = FastAPI()
install(app)


@app.post("/guarded", status_code=201)
async def upload(request: Request):
    await receive(root, "report", request, limit=100)
    return {}


@app.post("/unguarded", status_code=201)
def upload_unguarded():
    if (folder / "report").exists():
        raise HTTPException(409)
    (folder / "report").write_bytes(b"")
    return {}
