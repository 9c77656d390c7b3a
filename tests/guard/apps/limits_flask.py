"""One coupon, for Flask with SQLAlchemy."""

import os

from flask import Flask, abort
from sqlalchemy import create_engine, select, update
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import NullPool

from tocsin.guard.flask import install
from tocsin.guard.limits import Stock, digest
from tocsin.guard.sqlalchemy import METADATA, TALLY, consume

COUPON = Stock("coupon", 1)
engine = create_engine(os.environ["GUARDED_URL"], poolclass=NullPool)
sessions = sessionmaker(engine)


def seed():
    METADATA.create_all(engine)
    with engine.begin() as connection:
        connection.execute(TALLY.delete())
        unused = {"key": digest(COUPON, "unguarded"), "used": 0, "ends": 0}
        connection.execute(TALLY.insert().values(**unused))


app = Flask(__name__)
install(app)


@app.post("/guarded")
def redeem():
    with sessions.begin() as session:
        left = consume(session, COUPON, "TEN")
    return {"left": left}


@app.post("/unguarded")
def redeem_unguarded():
    mine = TALLY.c.key == digest(COUPON, "unguarded")
    with sessions.begin() as session:
        used = session.scalar(select(TALLY.c.used).where(mine))
        if used >= COUPON.amount:
            abort(409)
        session.execute(update(TALLY).where(mine).values(used=used + 1))
    return {"left": COUPON.amount - used - 1}
