import sqlite3

import psycopg
from flask import Flask, abort
from flask_sqlalchemy import SQLAlchemy
from psycopg_pool import ConnectionPool
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

app = Flask(__name__)
db = SQLAlchemy(app)
pool = ConnectionPool("dbname=x")


class Account(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    owner = db.Column(db.String, unique=True)
    balance = db.Column(db.Integer)
    state = db.Column(db.String)


class Entry(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    amount = db.Column(db.Integer)


@app.post("/racy/<int:k>")
def racy_take(k):
    account = Account.query.get_or_404(k)
    if account.balance < 5:
        abort(402)
    account.balance = account.balance - 5
    db.session.commit()


@app.post("/racy2/<int:k>")
def racy_raw(k):
    with pool.connection() as conn, conn.cursor() as cur:
        cur.execute("SELECT balance FROM account WHERE id = %s", (k,))
        if cur.fetchone()[0] < 5:
            abort(402)
        cur.execute("UPDATE account SET balance = balance - 5 WHERE id = %s", (k,))


@app.post("/q1/<int:k>")
def q1(k):
    account = Account.query.with_for_update().get(k)
    if account.balance < 5:
        abort(402)
    account.balance -= 5
    db.session.commit()


@app.post("/q2/<int:k>")
def q2(k):
    account = Account.query.filter_by(id=k).with_for_update().first_or_404()
    if account.balance < 5:
        abort(402)
    account.balance -= 5
    db.session.commit()


@app.post("/q3/<int:k>")
def q3(k):
    account = db.session.query(Account).filter(Account.id == k).with_for_update().one()
    if account.balance < 5:
        abort(402)
    account.balance -= 5
    db.session.commit()


@app.post("/q4/<int:k>")
def q4(k):
    done = Account.query.filter(Account.id == k, Account.balance >= 5).update(
        {"balance": Account.balance - 5}, synchronize_session=False
    )
    if not done:
        db.session.rollback()
        abort(402)
    db.session.commit()


@app.post("/q5/<int:k>")
def q5(k):
    account = Account.query.get_or_404(k)
    if account.state != "new":
        abort(409)
    rows = db.session.query(Account).filter_by(id=k, state="new").update({Account.state: "done"})
    if rows == 0:
        abort(409)
    db.session.add(Entry(amount=5))
    db.session.commit()


@app.post("/q6/<owner>")
def q6(owner):
    if Account.query.filter_by(owner=owner).first():
        abort(409)
    db.session.add(Account(owner=owner, balance=0))
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        abort(409)


@app.post("/q7/<owner>")
def q7(owner):
    account = Account.query.filter_by(owner=owner).one_or_none()
    if account is None:
        try:
            with db.session.begin_nested():
                account = Account(owner=owner, balance=0)
                db.session.add(account)
                db.session.flush()
        except IntegrityError:
            account = Account.query.filter_by(owner=owner).one()
    db.session.commit()
    return account.id


@app.post("/q8/<int:k>")
def q8(k):
    account = db.session.get(Account, k)
    db.session.refresh(account, with_for_update=True)
    if account.balance < 5:
        abort(402)
    account.balance -= 5
    db.session.commit()


@app.post("/q9/<int:k>")
def q9(k):
    db.session.execute(text("SELECT pg_advisory_xact_lock(:k)"), {"k": k})
    account = Account.query.get_or_404(k)
    if account.balance < 5:
        abort(402)
    account.balance -= 5
    db.session.commit()


@app.post("/r1/<int:k>")
def r1(k):
    with pool.connection() as conn, conn.cursor() as cur:
        cur.execute("SELECT balance FROM account WHERE id = %s FOR UPDATE", (k,))
        if cur.fetchone()[0] < 5:
            abort(402)
        cur.execute("UPDATE account SET balance = balance - 5 WHERE id = %s", (k,))


@app.post("/r2/<int:k>")
def r2(k):
    with pool.connection() as conn:
        cur = conn.execute(
            "UPDATE account SET balance = balance - 5 WHERE id = %s AND balance >= 5", (k,)
        )
        if cur.rowcount == 0:
            abort(402)


@app.post("/r3/<int:k>")
def r3(k):
    with psycopg.connect("dbname=x") as conn:
        row = conn.execute("SELECT state FROM account WHERE id = %s", (k,)).fetchone()
        if row[0] != "new":
            abort(409)
        row = conn.execute(
            "UPDATE account SET state = 'done' WHERE id = %s AND state = 'new' RETURNING id", (k,)
        ).fetchone()
        if row is None:
            abort(409)
        conn.execute("INSERT INTO entry (amount) VALUES (5)")


@app.post("/r4/<int:k>")
def r4(k):
    conn = sqlite3.connect("x.db", isolation_level=None)
    conn.execute("BEGIN IMMEDIATE")
    row = conn.execute("SELECT balance FROM account WHERE id = ?", (k,)).fetchone()
    if row[0] < 5:
        conn.execute("ROLLBACK")
        abort(402)
    conn.execute("UPDATE account SET balance = ? WHERE id = ?", (row[0] - 5, k))
    conn.execute("COMMIT")


@app.post("/r5/<owner>")
def r5(owner):
    conn = sqlite3.connect("x.db")
    with conn:
        cur = conn.execute("INSERT OR IGNORE INTO account (owner, balance) VALUES (?, 0)", (owner,))
        if cur.rowcount == 0:
            abort(409)


@app.post("/r6/<owner>")
def r6(owner):
    conn = sqlite3.connect("x.db")
    if conn.execute("SELECT 1 FROM account WHERE owner = ?", (owner,)).fetchone():
        abort(409)
    try:
        conn.execute("INSERT INTO account (owner, balance) VALUES (?, 0)", (owner,))
        conn.commit()
    except sqlite3.IntegrityError:
        abort(409)


@app.post("/r7/<owner>")
def r7(owner):
    with pool.connection() as conn:
        conn.execute(
            "INSERT INTO account (owner, balance) SELECT %s, 0 WHERE NOT EXISTS "
            "(SELECT 1 FROM account WHERE owner = %s)",
            (owner, owner),
        )


@app.post("/r8/<owner>")
def r8(owner):
    with pool.connection() as conn:
        row = conn.execute("SELECT 1 FROM account WHERE owner = %s", (owner,)).fetchone()
        if row is None:
            conn.execute(
                "INSERT INTO account (owner, balance) VALUES (%s, 0) "
                "ON CONFLICT (owner) DO UPDATE SET balance = account.balance",
                (owner,),
            )


@app.post("/r9")
def r9():
    with pool.connection() as conn:
        row = conn.execute(
            "UPDATE account SET state = 'taken' WHERE id = (SELECT id FROM account "
            "WHERE state = 'new' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id"
        ).fetchone()
        if row is None:
            abort(404)
        conn.execute("INSERT INTO entry (amount) VALUES (5)")


@app.post("/r10/<int:k>")
def r10(k):
    conn = psycopg.connect("dbname=x")
    conn.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
    with conn.transaction():
        row = conn.execute("SELECT balance FROM account WHERE id = %s", (k,)).fetchone()
        if row[0] < 5:
            abort(402)
        conn.execute("UPDATE account SET balance = balance - 5 WHERE id = %s", (k,))


@app.post("/r11/<int:k>")
def r11(k):
    with pool.connection() as conn:
        conn.execute("LOCK TABLE account IN EXCLUSIVE MODE")
        row = conn.execute("SELECT balance FROM account WHERE id = %s", (k,)).fetchone()
        if row[0] < 5:
            abort(402)
        conn.execute("UPDATE account SET balance = balance - 5 WHERE id = %s", (k,))


@app.post("/r12/<int:k>")
def r12(k):
    with pool.connection() as conn:
        conn.execute("SELECT pg_advisory_xact_lock(%s)", (k,))
        row = conn.execute("SELECT balance FROM account WHERE id = %s", (k,)).fetchone()
        if row[0] < 5:
            abort(402)
        conn.execute("UPDATE account SET balance = balance - 5 WHERE id = %s", (k,))


@app.post("/r13/<int:k>")
def r13(k):
    with pool.connection() as conn:
        conn.execute("SELECT pg_advisory_lock(%s)", (k,))
        try:
            with conn.transaction():
                row = conn.execute("SELECT balance FROM account WHERE id = %s", (k,)).fetchone()
                if row[0] < 5:
                    abort(402)
                conn.execute("UPDATE account SET balance = balance - 5 WHERE id = %s", (k,))
            conn.commit()
        finally:
            conn.execute("SELECT pg_advisory_unlock(%s)", (k,))
