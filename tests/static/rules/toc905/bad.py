from typing import Annotated

from fastapi import Depends, FastAPI, Request
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

from tocsin.guard.fastapi import asked, respond
from tocsin.guard.idempotency import Answer
from tocsin.guard.sqlalchemy import asyncio, once

app = FastAPI()
sessions = sessionmaker(create_engine("postgresql://"))


class Base(DeclarativeBase): ...


class Payment(Base):
    __tablename__ = "payments"
    id: Mapped[int] = mapped_column(primary_key=True)
    cents: Mapped[int]


def session() -> Session: ...


def async_session() -> AsyncSession: ...


@app.post("/payments")
async def pay(request: Request, cents: int, db: Annotated[AsyncSession, Depends(async_session)]):
    async def work() -> Answer:
        db.add(Payment(cents=cents))
        await db.commit()
        return Answer.of({"paid": cents})

    key = await asked(request, identity="alice")
    return respond(await asyncio.once(db, key, work))  # finds: TOC905


@app.post("/charges")
def charge(cents: int, key, db: Annotated[Session, Depends(session)]):
    def work() -> Answer:
        with sessions.begin() as other:
            other.add(Payment(cents=cents))
        return Answer.of({"paid": cents})

    answer = once(db, key, work)  # finds: TOC905
    db.commit()
    return respond(answer)
