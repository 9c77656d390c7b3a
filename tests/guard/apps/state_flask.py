"""A refund that relies on the state of an order, for Flask with SQLAlchemy."""

import os

from flask import Flask, request
from sqlalchemy import String, create_engine, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    scoped_session,
    sessionmaker,
)
from sqlalchemy.pool import NullPool

from tocsin.guard.errors import Conflict
from tocsin.guard.flask import install, unchanged

engine = create_engine(os.environ["GUARDED_URL"], poolclass=NullPool)
session = scoped_session(sessionmaker(engine))


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
install(app, rollback=session.rollback)
app.teardown_appcontext(lambda _: session.remove())


CHANGED = "what this relies on was changed meanwhile: try again"


def relied():
    return None if request.path == "/unguarded" else select(Order).where(Order.id == 1)


unchanged(app, session, relied)


@app.post("/guarded")
@app.post("/unguarded")
def refund():
    order = session.get_one(Order, 1)
    if order.status != "pending":
        raise Conflict(CHANGED)
    session.add(Refund(order_id=1))
    session.flush()
    order.status = "refunded"
    session.commit()
    return "done"
