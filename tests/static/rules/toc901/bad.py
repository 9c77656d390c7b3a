import contextlib
import logging
from contextlib import suppress
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tocsin.guard.errors import Conflict, GuardError, TooMany
from tocsin.guard.limits import Stock
from tocsin.guard.sqlalchemy import authorize, consume, holds

app = FastAPI()
COUPON = Stock("coupon", 100)


class Base(DeclarativeBase): ...


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    coupon: Mapped[str]


class Staff(Base):
    __tablename__ = "staff"
    name: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]


def session() -> Session: ...


@app.post("/carts/{code}")
def passed(code: str, db: Annotated[Session, Depends(session)]) -> None:
    try:
        consume(db, COUPON, code)  # finds: TOC901
    except (Conflict, TooMany):
        pass
    db.add(Order(coupon=code))
    db.commit()


@app.post("/baskets/{code}")
def logged(code: str, db: Annotated[Session, Depends(session)]) -> None:
    try:
        consume(db, COUPON, code)  # finds: TOC901
    except GuardError:
        logging.getLogger(__name__).info("refused")
    db.add(Order(coupon=code))
    db.commit()


@app.delete("/orders/{key}")
def removed(key: int, me: str, db: Annotated[Session, Depends(session)]) -> None:
    admins = select(Staff).where(Staff.name == me, Staff.role == "admin")
    try:
        authorize(db, holds(admins))  # finds: TOC901
    except Exception:
        logging.getLogger(__name__).exception("cannot ask")
    db.delete(db.get(Order, key))
    db.commit()


@app.post("/bags/{code}")
def suppressed(code: str, db: Annotated[Session, Depends(session)]) -> None:
    with suppress(Conflict, TooMany):
        consume(db, COUPON, code)  # finds: TOC901
    db.add(Order(coupon=code))
    db.commit()


@app.post("/crates/{code}")
def suppressed_by_module(code: str, db: Annotated[Session, Depends(session)]) -> None:
    with contextlib.suppress(GuardError):
        consume(db, COUPON, code)  # finds: TOC901
    db.add(Order(coupon=code))
    db.commit()


@app.post("/sacks/{code}")
def bare(code: str, db: Annotated[Session, Depends(session)]) -> None:
    try:
        consume(db, COUPON, code)  # finds: TOC901
    except:  # noqa: E722, S110
        pass
    db.add(Order(coupon=code))
    db.commit()


def take(db: Session, code: str) -> None:
    consume(db, COUPON, code)  # finds: TOC901


def taken(db: Session, code: str) -> None:
    take(db, code)


@app.post("/trunks/{code}")
def caught_two_calls_away(code: str, db: Annotated[Session, Depends(session)]) -> None:
    try:
        taken(db, code)
    except Exception:  # noqa: BLE001
        logging.getLogger(__name__).info("refused")
    db.add(Order(coupon=code))
    db.commit()
