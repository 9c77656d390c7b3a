"""One coupon in memory, for Flask and its threads.

``memory_limits`` is a copy of ``tocsin.guard.memory.limits``: the lines of an application are
explored, those of tocsin are not.
"""

from flask import Flask, abort
from memory_limits import Tallies, consume

from tocsin.guard.flask import install
from tocsin.guard.limits import Stock

COUPON = Stock("coupon", 1)
tallies = Tallies()
used = {"TEN": 0}


def seed():
    """Nothing to do."""


app = Flask(__name__)
install(app)


@app.post("/guarded")
def redeem():
    return {"left": consume(tallies, COUPON, "TEN")}


@app.post("/unguarded")
def redeem_unguarded():
    taken = used["TEN"]
    if taken >= COUPON.amount:
        abort(409)
    used["TEN"] = taken + 1
    return {"left": COUPON.amount - taken - 1}
