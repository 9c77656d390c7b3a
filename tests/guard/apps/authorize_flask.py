"""A manager who hands the post over, and pays once, for Flask with SQLAlchemy."""

import os

from flask import Flask, abort
from sqlalchemy import String, create_engine, select, update
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    scoped_session,
    sessionmaker,
)
from sqlalchemy.pool import NullPool

from tocsin.guard.flask import authorized, install
from tocsin.guard.sqlalchemy import owns

engine = create_engine(os.environ["GUARDED_URL"], poolclass=NullPool)
session = scoped_session(sessionmaker(engine))


class Base(DeclarativeBase):
    pass


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    holder: Mapped[str] = mapped_column(String(20))


class Payment(Base):
    __tablename__ = "payments"
    id: Mapped[int] = mapped_column(primary_key=True)
    amount: Mapped[int] = mapped_column()


def seed():
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as db, db.begin():
        db.add(Post(id=1, holder="alice"))


app = Flask(__name__)
install(app, rollback=session.rollback)
app.teardown_appcontext(lambda _: session.remove())


def held():
    return owns(Post, 1, Post.holder == "alice")


@app.post("/guarded")
@authorized(session, held, into="post")
def hand_over(post):
    session.add(Payment(amount=100))
    session.flush()
    post.holder = "bob"
    return "done"


@app.post("/unguarded")
def hand_over_unguarded():
    if session.scalar(select(Post.holder).where(Post.id == 1)) != "alice":
        abort(403)
    session.add(Payment(amount=100))
    session.execute(update(Post).where(Post.id == 1).values(holder="bob"))
    session.commit()
    return "done"
