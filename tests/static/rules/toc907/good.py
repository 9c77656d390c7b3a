from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tocsin.guard.fastapi import respond
from tocsin.guard.idempotency import Answer
from tocsin.guard.sqlalchemy import once

app = FastAPI()


class Base(DeclarativeBase): ...


class Payment(Base):
    __tablename__ = "payments"
    id: Mapped[int] = mapped_column(primary_key=True)
    cents: Mapped[int]


class Points(Base):
    __tablename__ = "points"
    name: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[int]


def session() -> Session: ...


@app.post("/charges")
def told_apart(cents: int, key, db: Annotated[Session, Depends(session)]):
    first = []

    def work() -> Answer:
        first.append(cents)
        db.add(Payment(cents=cents))
        return Answer.of({"paid": cents})

    answer = once(db, key, work)
    if first:
        db.add(Points(name="alice", amount=1))
    db.commit()
    return respond(answer)


@app.post("/reserved")
def done_before(cents: int, key, db: Annotated[Session, Depends(session)]):
    def work() -> Answer:
        db.add(Payment(cents=cents))
        db.flush()
        return Answer.of({"paid": cents})

    answer = once(db, key, work)
    seen = db.get(Points, "alice")
    db.commit()
    return respond(answer) if seen else None
