from contextlib import suppress
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from flask import Flask, abort
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tocsin.guard.errors import Conflict, TooMany
from tocsin.guard.limits import Rate, Stock
from tocsin.guard.sqlalchemy import consume

app = FastAPI()
pages = Flask(__name__)
COUPON = Stock("coupon", 100)
CALLS = Rate("calls", 10, per=60)


class Base(DeclarativeBase): ...


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    coupon: Mapped[str]


def session() -> Session: ...


@app.post("/carts/{code}")
def answered(code: str, db: Annotated[Session, Depends(session)]) -> None:
    try:
        consume(db, COUPON, code)
    except Conflict:
        raise HTTPException(410) from None
    db.add(Order(coupon=code))
    db.commit()


@app.post("/baskets/{code}")
def remembered(code: str, db: Annotated[Session, Depends(session)]) -> None:
    discount = 10
    try:
        consume(db, COUPON, code)
    except Conflict:
        discount = 0
    db.add(Order(coupon=code if discount else ""))
    db.commit()


@app.get("/orders")
def told(db: Annotated[Session, Depends(session)]) -> dict:
    try:
        left = consume(db, CALLS, "all")
    except TooMany:
        left = 0
    return {"left": left}


@app.post("/others/{code}")
def of_something_else(code: str, db: Annotated[Session, Depends(session)]) -> None:
    try:
        consume(db, COUPON, code)
    except KeyError:
        pass
    db.add(Order(coupon=code))
    db.commit()


@pages.post("/bags/<code>")
def aborted(code):
    db = Session()
    try:
        consume(db, COUPON, code)
    except Conflict:
        abort(409, "used up")
    db.add(Order(coupon=code))
    db.commit()


@app.post("/crates/{code}")
def suppressed_something_else(code: str, db: Annotated[Session, Depends(session)]) -> None:
    with suppress(KeyError):
        consume(db, COUPON, code)
    db.add(Order(coupon=code))
    db.commit()


@app.post("/sacks/{code}")
def all_of_it_suppressed(code: str, db: Annotated[Session, Depends(session)]) -> None:
    with suppress(Conflict):
        consume(db, COUPON, code)
        db.add(Order(coupon=code))
        db.commit()
