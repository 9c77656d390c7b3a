"""FastAPI, ``async def`` endpoints, aiosqlite."""

import sqlite3
from pathlib import Path

import aiosqlite
from fastapi import FastAPI, HTTPException

PATH = Path.cwd() / "bank.db"
app = FastAPI()


def reset() -> None:
    db = sqlite3.connect(PATH)
    db.executescript(
        "DROP TABLE IF EXISTS account; CREATE TABLE account (id INTEGER PRIMARY KEY, balance INT);"
        "INSERT INTO account VALUES (1, 100);"
    )
    db.close()


@app.post("/racy/withdraw")
async def withdraw(n: int) -> dict[str, int]:
    async with aiosqlite.connect(PATH) as db:
        # Not ``async with db.execute``, which is as usual: frontrun cannot follow it.
        rows = await db.execute("SELECT balance FROM account WHERE id = 1")
        (held,) = await rows.fetchone()
        if held < n:
            raise HTTPException(409, "not enough money")
        await db.execute("UPDATE account SET balance = ? WHERE id = 1", (held - n,))
        await db.commit()
        return {"paid": n}


@app.post("/fixed/withdraw")
async def withdraw_safely(n: int) -> dict[str, int]:
    async with aiosqlite.connect(PATH) as db:
        taken = "UPDATE account SET balance = balance - ? WHERE id = 1 AND balance >= ?"
        done = await db.execute(taken, (n, n))
        if done.rowcount == 0:
            raise HTTPException(409, "not enough money")
        await db.commit()
        return {"paid": n}
