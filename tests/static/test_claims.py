"""A mark in Redis that only one request can set keeps others out; so do decorators that set it."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

HEAD = """
import redis
from fastapi import FastAPI, HTTPException
from models import Order, Session

app = FastAPI()
client = redis.Redis()

@app.post("/orders/{key}/cancel")
def cancel(key: int, other: str, db: Session) -> None:
"""
MODELS = """
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

class Base(DeclarativeBase):
    pass

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[int] = mapped_column(unique=True)
    state: Mapped[str]
"""
BODY = """    BEFORE
    order = db.get(Order, key)
    if order.state != "open":
        raise HTTPException(409)
    order.state = "cancelled"
    BETWEEN
    db.commit()
    client.delete(MARK)
"""
TAKEN = "if not client.set({mark}, 1, nx=True):\n        raise HTTPException(429)"
CASES = {
    "one for all": (TAKEN, "'orders'", "", []),
    "one for each row": (TAKEN, "f'order:{key}'", "", []),
    "one for something else": (TAKEN, "f'order:{other}'", "", ["TOC201"]),
    "given back too early": (TAKEN, "'orders'", "client.delete('orders')", ["TOC201"]),
    "not heard": ("client.set({mark}, 1, nx=True)", "'orders'", "", ["TOC201"]),
    "set by anybody": ("client.set({mark}, 1)", "'orders'", "", ["TOC201"]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mark_that_one_request_sets(analysed: Analyse, case: str) -> None:
    before, mark, between, expected = CASES[case]
    body = BODY.replace("BEFORE", before.format(mark=mark)).replace("MARK", mark)
    text = HEAD + body.replace("BETWEEN", between or "pass")
    assert [r.judge.code for r in analysed(text, models=MODELS).reports] == expected


LOCK = """
from functools import wraps
from limits.storage import RedisStorage
from werkzeug.exceptions import TooManyRequests

storage: RedisStorage | None = None

def configure(made: RedisStorage) -> None:
    global storage
    storage = made

class Lock:
    def __init__(self, name, unless=None):
        self.name = name
        self.unless = unless

    def __call__(self, function):
        @wraps(function)
        def decorated(*args, **kwargs):
            if self.unless and self.unless():
                return function(*args, **kwargs)
            if not storage:
                return function(*args, **kwargs)
            if not storage.storage.set(self.name, "1", nx=True):
                raise TooManyRequests
            try:
                return function(*args, **kwargs)
            finally:
                storage.storage.delete(self.name)
        return decorated

def lock(name):
    return Lock(name)
"""
LOCKED = """
from flask import Flask, abort
from flask_sqlalchemy import SQLAlchemy
from locks import lock

app = Flask(__name__)
db = SQLAlchemy(app)

class Order(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    state = db.Column(db.String)

@app.post("/orders/<int:key>/cancel")
DECORATOR
def cancel(key):
    order = db.session.get(Order, key)
    if order.state != "open":
        abort(409)
    order.state = "cancelled"
    db.session.commit()
"""


@pytest.mark.parametrize(("decorator", "expected"), [("@lock('orders')", []), ("", ["TOC201"])])
def test_a_lock_that_a_decorator_takes_through_what_is_set_at_the_start(
    analysed: Analyse, decorator: str, expected: list[str]
) -> None:
    text = LOCKED.replace("DECORATOR\n", f"{decorator}\n" if decorator else "")
    assert [r.judge.code for r in analysed(text, locks=LOCK).reports] == expected
