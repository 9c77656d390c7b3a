"""The application: ``uvicorn shop.main:app``, and one worker, for the data is in its memory."""

from fastapi import FastAPI

from . import avatars, loop, roles, threads
from .seed import fill

app = FastAPI(title="shop in memory")
for part in (avatars, loop, roles, threads):
    app.include_router(part.router)

fill()
