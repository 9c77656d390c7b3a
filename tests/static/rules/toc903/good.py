from typing import Annotated

from accounts import is_right
from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tocsin.guard.limits import Attempts, Rate, Stock
from tocsin.guard.sqlalchemy import consume

app = FastAPI()
LOGIN = Attempts("login", 5, per=900)
LETTERS = Rate("letters", 5, per=900)
COUPON = Stock("coupon", 5)


class Base(DeclarativeBase): ...


class Account(Base):
    __tablename__ = "accounts"
    name: Mapped[str] = mapped_column(primary_key=True)
    password: Mapped[str]
    limited: Mapped[bool]
    coupon: Mapped[str | None]


def session() -> Session: ...


@app.post("/login")
def for_some(name: str, password: str, db: Annotated[Session, Depends(session)]) -> None:
    account = db.get(Account, name)
    if account is None:
        raise HTTPException(404)
    if account.limited:
        consume(db, LOGIN, name)
        db.commit()
    if not is_right(account.password, password):
        raise HTTPException(401)


@app.post("/letters")
def told_of_failures(name: str, password: str, db: Annotated[Session, Depends(session)]) -> None:
    account = db.get(Account, name)
    if account is None or not is_right(account.password, password):
        consume(db, LETTERS, name)
        raise HTTPException(401)


@app.post("/orders")
def with_a_coupon(name: str, db: Annotated[Session, Depends(session)]) -> None:
    account = db.get(Account, name)
    if account is not None and account.coupon:
        consume(db, COUPON, account.coupon)
    db.commit()
