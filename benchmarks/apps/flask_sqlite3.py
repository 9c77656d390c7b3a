"""Flask, sqlite3."""

import sqlite3
from contextlib import closing
from pathlib import Path

from flask import Flask, abort, request

PATH = Path.cwd() / "bank.db"
app = Flask(__name__)


def reset() -> None:
    with closing(sqlite3.connect(PATH)) as db:
        db.executescript(
            "DROP TABLE IF EXISTS account; CREATE TABLE account (id INTEGER PRIMARY KEY, balance INT);"
            "INSERT INTO account VALUES (1, 100);"
        )


@app.post("/racy/withdraw")
def withdraw() -> dict[str, int]:
    n = int(request.args["n"])
    with closing(sqlite3.connect(PATH)) as db:
        (held,) = db.execute("SELECT balance FROM account WHERE id = 1").fetchone()
        if held < n:
            abort(409)
        db.execute("UPDATE account SET balance = ? WHERE id = 1", (held - n,))
        db.commit()
    return {"paid": n}


@app.post("/fixed/withdraw")
def withdraw_safely() -> dict[str, int]:
    n = int(request.args["n"])
    with closing(sqlite3.connect(PATH)) as db:
        taken = "UPDATE account SET balance = balance - ? WHERE id = 1 AND balance >= ?"
        if db.execute(taken, (n, n)).rowcount == 0:
            abort(409)
        db.commit()
    return {"paid": n}
