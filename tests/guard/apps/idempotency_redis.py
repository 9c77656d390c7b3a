"""A payment that is made once, for Flask with Redis."""

import os
from functools import partial

from flask import Flask, request
from redis import Redis

from tocsin.guard.flask import idempotent, install
from tocsin.guard.redis import once

client = Redis.from_url(os.environ["GUARDED_REDIS"])


def seed():
    client.flushdb()


app = Flask(__name__)
install(app)


@app.post("/guarded")
@idempotent(partial(once, client), identity=lambda: "alice")
def pay():
    client.rpush("payments", 1)
    return {"paid": 1}, 201


@app.post("/unguarded")
def pay_unguarded():
    key = request.headers["Idempotency-Key"]
    if not client.exists(key):
        client.rpush("payments", 1)
        client.set(key, "paid")
    return {"paid": 1}, 201
