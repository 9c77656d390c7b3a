from typing import Annotated

from fastapi import Depends, FastAPI, Request
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tocsin.guard.fastapi import asked, respond
from tocsin.guard.idempotency import Answer
from tocsin.guard.sqlalchemy import asyncio, once

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


def async_session() -> AsyncSession: ...


@app.post("/payments")
async def pay(request: Request, cents: int, db: Annotated[AsyncSession, Depends(async_session)]):
    async def work() -> Answer:
        db.add(Payment(cents=cents))
        return Answer.of({"paid": cents})

    key = await asked(request, identity="alice")
    answer = await asyncio.once(db, key, work)  # finds: TOC907
    await db.execute(update(Points).where(Points.name == "alice").values(amount=Points.amount + 1))
    await db.commit()
    return respond(answer)


@app.post("/charges")
def charge(cents: int, key, db: Annotated[Session, Depends(session)]):
    def work() -> Answer:
        db.add(Payment(cents=cents))
        return Answer.of({"paid": cents})

    answer = once(db, key, work)  # finds: TOC907
    db.add(Points(name="alice", amount=1))
    db.commit()
    return respond(answer)
