"""One coupon in Redis, for Flask."""

import os

from flask import Flask, abort
from redis import Redis

from tocsin.guard.flask import install
from tocsin.guard.limits import Stock
from tocsin.guard.redis import consume

COUPON = Stock("coupon", 1)
client = Redis.from_url(os.environ["GUARDED_REDIS"])


def seed():
    client.flushdb()
    client.set("unguarded", 0)


app = Flask(__name__)
install(app)


@app.post("/guarded")
def redeem():
    return {"left": consume(client, COUPON, "TEN")}


@app.post("/unguarded")
def redeem_unguarded():
    used = int(client.get("unguarded"))
    if used >= COUPON.amount:
        abort(409)
    client.set("unguarded", used + 1)
    return {"left": COUPON.amount - used - 1}
