"""A coupon for one, and money for one withdrawal, for Flask with SQLAlchemy."""

import os

from flask import Flask, abort
from sqlalchemy import String, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

from tocsin.guard.flask import install
from tocsin.guard.sqlalchemy import take

engine = create_engine(os.environ["GUARDED_URL"])
sessions = sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class Coupon(Base):
    __tablename__ = "coupons"
    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    used: Mapped[int] = mapped_column(default=0)
    most: Mapped[int]


class Account(Base):
    __tablename__ = "accounts"
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    balance: Mapped[int]


def seed():
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with sessions.begin() as db:
        db.add_all([Coupon(code="TEN", most=1), Account(name="alice", balance=150)])


app = Flask(__name__)
install(app)


@app.post("/guarded")
def buy():
    with sessions.begin() as db:
        take(db, Coupon, "TEN", used="used", most="most")
        take(db, Account, "alice", 80, left="balance")
    return {}


@app.post("/unguarded")
def buy_unguarded():
    with sessions.begin() as db:
        coupon = db.get_one(Coupon, "TEN")
        account = db.get_one(Account, "alice")
        if coupon.used >= coupon.most or account.balance < 80:
            abort(409)
        coupon.used += 1
        account.balance -= 80
    return {}
