"""Flask, psycopg2, PostgreSQL."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from flask import Flask, abort, request

app = Flask(__name__)


@contextmanager
def cursor() -> Iterator[Any]:
    db = psycopg2.connect(os.environ["DATABASE_URL"])
    try:
        with db, db.cursor() as found:
            yield found
    finally:
        db.close()


def reset() -> None:
    with cursor() as db:
        db.execute("DROP TABLE IF EXISTS account")
        db.execute("CREATE TABLE account (id INT PRIMARY KEY, balance INT)")
        db.execute("INSERT INTO account VALUES (1, 100)")


def take(n: int, lock: str) -> dict[str, int]:
    with cursor() as db:
        db.execute("SELECT balance FROM account WHERE id = 1" + lock)
        (held,) = db.fetchone()
        if held < n:
            abort(409)
        db.execute("UPDATE account SET balance = %s WHERE id = 1", (held - n,))
    return {"paid": n}


@app.post("/racy/withdraw")
def withdraw() -> dict[str, int]:
    return take(int(request.args["n"]), "")


@app.post("/fixed/withdraw")
def withdraw_safely() -> dict[str, int]:
    return take(int(request.args["n"]), " FOR UPDATE")
