import os
from uuid import uuid4

from fastapi import FastAPI, UploadFile
from flask import Flask, request

app = FastAPI()
pages = Flask(__name__)
PHOTOS = "/srv/photos"


@app.post("/photos")
async def upload(photo: UploadFile) -> None:
    with open(os.path.join(PHOTOS, f"{uuid4()}.jpg"), "xb") as file:
        file.write(await photo.read())


@pages.post("/photos")
def store():
    photo = request.files["photo"]
    photo.save(os.path.join(PHOTOS, f"{uuid4()}.jpg"))
    return ""
