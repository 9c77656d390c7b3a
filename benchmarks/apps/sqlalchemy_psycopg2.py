"""Flask, SQLAlchemy on psycopg2, PostgreSQL."""

import os

from flask import Flask, abort, request
from sqlalchemy import create_engine, make_url
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine(make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql+psycopg2"))
app = Flask(__name__)


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    balance: Mapped[int]


def reset() -> None:
    engine.dispose()
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as db:
        db.add(Account(id=1, balance=100))
        db.commit()


def take(n: int, *, lock: bool) -> dict[str, int]:
    with Session(engine) as db:
        account = db.get_one(Account, 1, with_for_update=lock)
        if account.balance < n:
            abort(409)
        account.balance -= n
        db.commit()
    return {"paid": n}


@app.post("/racy/withdraw")
def withdraw() -> dict[str, int]:
    return take(int(request.args["n"]), lock=False)


@app.post("/fixed/withdraw")
def withdraw_safely() -> dict[str, int]:
    return take(int(request.args["n"]), lock=True)
