from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tocsin.guard.limits import Stock
from tocsin.guard.sqlalchemy import consume

app = FastAPI()
COUPON = Stock("coupon", 100)


class Base(DeclarativeBase): ...


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    coupon: Mapped[str]


def session() -> Session: ...


@app.post("/carts/{code}")
def passed(code: str, db: Annotated[Session, Depends(session)]) -> None:
    consume(db, COUPON, code)
    db.add(Order(coupon=code))
    db.commit()
