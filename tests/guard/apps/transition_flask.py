"""One order that is cancelled and refunded, for Flask with SQLAlchemy."""

import os

from flask import Flask, abort
from sqlalchemy import String, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import NullPool

from tocsin.guard.flask import install
from tocsin.guard.sqlalchemy import transition

engine = create_engine(os.environ["GUARDED_URL"], poolclass=NullPool)


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(String(20))


class Refund(Base):
    __tablename__ = "refunds"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column()


def seed():
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as db, db.begin():
        db.add(Order(id=1, status="pending"))


app = Flask(__name__)
install(app)


@app.post("/guarded")
def cancel():
    with Session(engine) as db, db.begin():
        order = transition(db, Order, 1, from_="pending", to="cancelled")
        db.add(Refund(order_id=order.id))
    return "done"


@app.post("/unguarded")
def cancel_unguarded():
    with Session(engine) as db, db.begin():
        order = db.get_one(Order, 1)
        if order.status != "pending":
            abort(409)
        order.status = "cancelled"
        db.add(Refund(order_id=order.id))
    return "done"
