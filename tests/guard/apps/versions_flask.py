"""An edit of a version that was read before, for Flask with SQLAlchemy."""

import os

from flask import Flask, abort
from sqlalchemy import String, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import NullPool

from tocsin.guard.flask import install
from tocsin.guard.sqlalchemy import edit

engine = create_engine(os.environ["GUARDED_URL"], poolclass=NullPool)


class Base(DeclarativeBase):
    pass


class Profile(Base):
    __tablename__ = "profiles"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(20))
    version: Mapped[int] = mapped_column()


def seed():
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as db, db.begin():
        db.add(Profile(id=1, email="a@b", version=1))


app = Flask(__name__)
install(app)


@app.post("/guarded")
def change():
    with Session(engine) as db, db.begin():
        edit(db, Profile, 1, version=1).email = "c@d"
    return "done"


@app.post("/unguarded")
def change_unguarded():
    with Session(engine) as db, db.begin():
        profile = db.get_one(Profile, 1)
        if profile.version != 1:
            abort(409)
        profile.email = "c@d"
        profile.version += 1
    return "done"
