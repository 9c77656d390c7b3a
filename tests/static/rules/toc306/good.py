import os
from pathlib import Path
from uuid import uuid4

from fastapi import FastAPI, UploadFile
from flask import Flask, request

app = FastAPI()
pages = Flask(__name__)
PHOTOS = "/srv/photos"


@app.post("/photos")
async def upload(photo: UploadFile) -> dict[str, str]:
    name = f"{uuid4()}{os.path.splitext(photo.filename)[1]}"
    with open(os.path.join(PHOTOS, name), "wb") as file:
        file.write(await photo.read())
    return {"stored": name, "called": photo.filename}


@app.post("/pictures/{user}")
async def picture(user: int, photo: UploadFile) -> None:
    path = Path(PHOTOS) / f"{user}{Path(photo.filename).suffix}"
    path.write_bytes(await photo.read())


@app.post("/once")
async def once(photo: UploadFile) -> None:
    with open(os.path.join(PHOTOS, photo.filename), "xb") as file:
        file.write(await photo.read())


@app.get("/photos/{name}")
async def show(name: str) -> bytes:
    return (Path(PHOTOS) / name).read_bytes()


@pages.post("/photos")
def store():
    photo = request.files["photo"]
    photo.save(os.path.join(PHOTOS, f"{uuid4()}.jpg"))
    return photo.filename


@pages.post("/both")
def prefixed():
    photo = request.files.get("photo")
    photo.save(os.path.join(PHOTOS, f"{uuid4().hex}_{photo.filename}"))
    return ""
