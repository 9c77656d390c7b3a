from typing import Annotated

from fastapi import Depends, FastAPI, Request
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tocsin.guard.fastapi import asked, respond
from tocsin.guard.idempotency import Answer
from tocsin.guard.sqlalchemy import asyncio

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


def async_session() -> AsyncSession: ...


@app.post("/payments")
async def pay(request: Request, cents: int, db: Annotated[AsyncSession, Depends(async_session)]):
    async def work() -> Answer:
        db.add(Payment(cents=cents))
        await db.execute(
            update(Points).where(Points.name == "alice").values(amount=Points.amount + 1)
        )
        return Answer.of({"paid": cents})

    key = await asked(request, identity="alice")
    answer = await asyncio.once(db, key, work)
    await db.commit()
    return respond(answer)
