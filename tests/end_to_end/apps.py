"""Small applications as people write them: each with its race, or without."""

from __future__ import annotations

from string import Template

_BANK = Template("""
    from pathlib import Path

    from fastapi import FastAPI, HTTPException
    from sqlalchemy import create_engine, text

    engine = create_engine(f"sqlite:///{Path(__file__).with_name('bank.db')}")
    app = FastAPI()


    def seed():
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE IF EXISTS accounts"))
            connection.execute(
                text("CREATE TABLE accounts (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL)")
            )
            connection.execute(text("INSERT INTO accounts VALUES (1, 100)"))


    @app.post("/accounts/{account_id}/withdraw")
    def withdraw(account_id: int, n: int = 80):
$body
""")

_CHECK_THEN_ACT = """
        with engine.begin() as connection:
            balance = connection.scalar(
                text("SELECT balance FROM accounts WHERE id = :id"), {"id": account_id}
            )
        if balance is None:
            raise HTTPException(404)
        if balance < n:
            raise HTTPException(409)
        with engine.begin() as connection:
            connection.execute(
                text("UPDATE accounts SET balance = balance - :n WHERE id = :id"),
                {"n": n, "id": account_id},
            )
        return {"withdrawn": n}
"""

_ONE_STATEMENT = """
        with engine.begin() as connection:
            done = connection.execute(
                text("UPDATE accounts SET balance = balance - :n WHERE id = :id AND balance >= :n"),
                {"n": n, "id": account_id},
            )
        if done.rowcount == 0:
            raise HTTPException(409)
        return {"withdrawn": n}
"""

RACY_BANK = _BANK.substitute(body=_CHECK_THEN_ACT)
FIXED_BANK = _BANK.substitute(body=_ONE_STATEMENT)

COUPONS = """
    import sqlite3
    from pathlib import Path

    from flask import Flask, jsonify, request

    database = Path(__file__).with_name("coupons.db")
    app = Flask(__name__)


    def seed():
        database.unlink(missing_ok=True)
        connection = sqlite3.connect(database)
        connection.execute("CREATE TABLE coupons (code TEXT PRIMARY KEY, uses INTEGER NOT NULL)")
        connection.execute("INSERT INTO coupons VALUES ('TEN', 1)")
        connection.commit()
        connection.close()


    @app.post("/coupons/<code>/redeem")
    def redeem(code):
        connection = sqlite3.connect(database)
        try:
            row = connection.execute("SELECT uses FROM coupons WHERE code = ?", (code,)).fetchone()
            if row is None:
                return jsonify(error="no such coupon"), 404
            if row[0] < 1:
                return jsonify(error="used up"), 409
            connection.execute("UPDATE coupons SET uses = uses - 1 WHERE code = ?", (code,))
            connection.commit()
            return jsonify(redeemed=code)
        finally:
            connection.close()
"""

STOCK = """
    import asyncio

    from fastapi import FastAPI, HTTPException

    app = FastAPI()
    stock = {"pen": 1}


    @app.post("/buy")
    async def buy():
        if stock["pen"] < 1:
            raise HTTPException(409)
        await asyncio.sleep(0.1)  # the payment
        stock["pen"] -= 1
        return {"left": stock["pen"]}
"""

HARMLESS = """
    from fastapi import FastAPI

    app = FastAPI()


    @app.get("/health")
    def health():
        return {"ok": True}
"""
