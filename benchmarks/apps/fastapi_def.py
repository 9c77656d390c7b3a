"""FastAPI, ``def`` endpoints, SQLAlchemy, SQLite."""

import os
from pathlib import Path

from fastapi import FastAPI, HTTPException
from sqlalchemy import create_engine, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine(os.environ.get("DATABASE_URL", f"sqlite:///{Path.cwd() / 'bank.db'}"))
app = FastAPI()


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    balance: Mapped[int]


def reset() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as db:
        db.add(Account(id=1, balance=100))
        db.commit()


@app.post("/racy/withdraw")
def withdraw(n: int) -> dict[str, int]:
    with Session(engine) as db:
        account = db.get_one(Account, 1)
        if account.balance < n:
            raise HTTPException(409, "not enough money")
        account.balance -= n
        db.commit()
        return {"paid": n}


@app.post("/fixed/withdraw")
def withdraw_safely(n: int) -> dict[str, int]:
    enough = update(Account).where(Account.id == 1, Account.balance >= n)
    with Session(engine) as db:
        taken = enough.values(balance=Account.balance - n).returning(Account.id)
        if db.execute(taken).one_or_none() is None:
            raise HTTPException(409, "not enough money")
        db.commit()
        return {"paid": n}
