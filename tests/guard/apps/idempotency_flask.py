"""A payment that is made once, for Flask with SQLAlchemy."""

import os

from flask import Flask, request
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, select
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import NullPool

from tocsin.guard.flask import asked, install, respond
from tocsin.guard.idempotency import Answer
from tocsin.guard.sqlalchemy import ONCE, once

engine = create_engine(os.environ["GUARDED_URL"], poolclass=NullPool)
sessions = sessionmaker(engine)
metadata = MetaData()
ONCE.to_metadata(metadata)
PAYMENT = Table(
    "payments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(50)),
)


def seed():
    metadata.drop_all(engine)
    metadata.create_all(engine)


app = Flask(__name__)
install(app)


@app.post("/guarded")
def pay():
    with sessions.begin() as session:

        def work():
            session.execute(PAYMENT.insert())
            return Answer.of({"paid": 1}, 201)

        answer = once(session, asked(identity="alice"), work)
    return respond(answer)


@app.post("/unguarded")
def pay_unguarded():
    key = request.headers["Idempotency-Key"]
    with sessions.begin() as session:
        paid = session.scalar(select(PAYMENT.c.id).where(PAYMENT.c.key == key))
        if paid is None:
            session.execute(PAYMENT.insert().values(key=key))
    return {"paid": 1}, 201
