import os
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from fastapi import FastAPI, UploadFile
from flask import Flask, request
from werkzeug.utils import secure_filename

app = FastAPI()
pages = Flask(__name__)
PHOTOS = "/srv/photos"


@app.post("/photos")
async def upload(photo: UploadFile) -> None:
    path = os.path.join(PHOTOS, photo.filename)  # finds: TOC306
    with open(path, "wb") as file:
        file.write(await photo.read())


@app.post("/pictures/{user}")
async def picture(user: int, photo: UploadFile) -> None:
    path = Path(PHOTOS) / f"{user}-{photo.filename}"  # finds: TOC306
    path.write_bytes(await photo.read())


@pages.post("/photos")
def store():
    photo = request.files["photo"]
    photo.save(os.path.join(PHOTOS, secure_filename(photo.filename)))  # finds: TOC306
    return ""


def receive(received: HttpRequest):
    photo = received.FILES["photo"]
    with open(os.path.join(PHOTOS, photo.name), "wb") as file:  # finds: TOC306
        file.write(photo.read())
    return HttpResponse()
