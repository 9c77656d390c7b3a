from typing import Annotated

from accounts import is_right
from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tocsin.guard.limits import Attempts
from tocsin.guard.sqlalchemy import consume, reset

app = FastAPI()
LOGIN = Attempts("login", 5, per=900)


class Base(DeclarativeBase): ...


class Account(Base):
    __tablename__ = "accounts"
    name: Mapped[str] = mapped_column(primary_key=True)
    password: Mapped[str]


def session() -> Session: ...


@app.post("/login")
def login(name: str, password: str, db: Annotated[Session, Depends(session)]) -> None:
    consume(db, LOGIN, name)
    db.commit()
    account = db.get(Account, name)
    if account is None or not is_right(account.password, password):
        raise HTTPException(401)
    reset(db, LOGIN, name)
    db.commit()
