"""An administrator who logs in to resign, and is paid once, for Flask."""

import os

from flask import Flask, abort
from sqlalchemy import String, create_engine, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

from tocsin.guard.basic import Gate, Hashes
from tocsin.guard.basic.scrypt import Scrypt
from tocsin.guard.errors import Denied
from tocsin.guard.flask import install
from tocsin.guard.flask.basic import authenticated
from tocsin.guard.sqlalchemy.accounts import Accounts, Table

engine = create_engine(os.environ["GUARDED_URL"])
sessions = sessionmaker(engine)
passwords = Hashes(Scrypt(ln=1))


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    username: Mapped[str] = mapped_column(String(20), primary_key=True)
    password: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(20))


class Payment(Base):
    __tablename__ = "payments"
    id: Mapped[int] = mapped_column(primary_key=True)


def seed():
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with sessions.begin() as db:
        db.add(User(username="bob", password=passwords.hash("bob"), role="admin"))


users = Accounts(sessions, Table(User))
gate = Gate(accounts=users, passwords=passwords, limits=None, realm="shop", bursts=None, plain=True)
app = Flask(__name__)
install(app)


@app.post("/guarded")
@authenticated(gate)
def resign(me):
    with sessions.begin() as db:
        user = users.identity(db, me, change=True)
        if user.role != "admin":
            raise Denied("for administrators")
        user.role = "user"
        db.add(Payment())
    return {}


@app.post("/unguarded")
@authenticated(gate)
def resign_unguarded(me):
    with sessions() as db:
        if db.scalar(select(User.role).where(User.username == me.username)) != "admin":
            abort(403)
    with sessions.begin() as db:
        db.execute(update(User).where(User.username == me.username).values(role="user"))
        db.add(Payment())
    return {}
