"""Alice, an administrator whose hash is an old one, and Bob, who is none, for Flask."""

import os

from flask import Flask, abort, request
from sqlalchemy import String, create_engine, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

from tocsin.guard.basic import Counting, Gate, Hashes, Limits
from tocsin.guard.basic.scrypt import Scrypt
from tocsin.guard.errors import Denied
from tocsin.guard.flask import install
from tocsin.guard.flask.basic import authenticate
from tocsin.guard.limits import Attempts
from tocsin.guard.sqlalchemy import METADATA
from tocsin.guard.sqlalchemy.accounts import Accounts, Table, counting

engine = create_engine(os.environ["GUARDED_URL"])
sessions = sessionmaker(engine)
old, passwords = Hashes(Scrypt(ln=1, r=1)), Hashes(Scrypt(ln=2, r=1))
OTHER = passwords.hash("other")


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    username: Mapped[str] = mapped_column(String(20), primary_key=True)
    password: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(20))


class Failure(Base):
    __tablename__ = "failures"
    id: Mapped[int] = mapped_column(primary_key=True)


def seed():
    for metadata in (Base.metadata, METADATA):
        metadata.drop_all(engine)
        metadata.create_all(engine)
    with sessions.begin() as db:
        db.add(User(username="alice", password=old.hash("secret"), role="admin"))
        db.add(User(username="bob", password=passwords.hash("bob"), role="user"))


users = Accounts(sessions, Table(User))
asked = {"accounts": users, "passwords": passwords, "realm": "shop", "bursts": None, "plain": True}
gate = Gate(limits=None, **asked)
free = Counting(lambda _: None, lambda _: None)
once = counting(sessions, Attempts("attempts", 1, per=900))
limited = Gate(limits=Limits(account=once, address=free), **asked)
app = Flask(__name__)
install(app)


def snapshot():
    with sessions.begin() as db:
        user = db.get(User, request.authorization.username)
        if not passwords.verify(user.password, request.authorization.password):
            abort(401)
        return user.username, user.role, user.password


@app.post("/guarded/promote")
def promote():
    me = authenticate(gate)
    with sessions.begin() as db:
        if users.identity(db, me).role != "admin":
            raise Denied("for administrators")
        db.execute(update(User).where(User.username == "bob").values(role="admin"))
    return {}


@app.post("/unguarded/promote")
def promote_unguarded():
    _, role, _ = snapshot()
    if role != "admin":
        abort(403)
    with sessions.begin() as db:
        db.execute(update(User).where(User.username == "bob").values(role="admin"))
    return {}


@app.post("/guarded/rename")
def rename():
    return renamed(change=True)


@app.post("/shared/rename")
def rename_shared():
    return renamed(change=False)


def renamed(change):
    me = authenticate(gate)
    with sessions.begin() as db:
        users.identity(db, me, change=change).role += "!"
    return {}


@app.post("/unguarded/rename")
def rename_unguarded():
    name, role, _ = snapshot()
    with sessions.begin() as db:
        db.execute(update(User).where(User.username == name).values(role=role + "!"))
    return {}


@app.post("/guarded/login")
def login():
    authenticate(gate)
    return {}


@app.post("/unguarded/login")
def login_unguarded():
    name, _, stored = snapshot()
    if passwords.stale(stored):
        anew = passwords.hash(request.authorization.password)
        with sessions.begin() as db:
            db.execute(update(User).where(User.username == name).values(password=anew))
    return {}


@app.post("/guarded/attempt")
def attempt():
    authenticate(limited)
    return {}


@app.post("/unguarded/attempt")
def attempt_unguarded():
    with sessions.begin() as db:
        if db.scalars(select(Failure)).first() is not None:
            abort(429)
    with sessions.begin() as db:
        db.add(Failure())
    abort(401)


@app.post("/demote")
def demote():
    with sessions.begin() as db:
        db.execute(update(User).where(User.username == "alice").values(role="user"))
    return {}


@app.post("/change")
def change():
    with sessions.begin() as db:
        db.execute(update(User).where(User.username == "alice").values(password=OTHER))
    return {}
