from typing import Annotated

from fastapi import Depends, FastAPI, Request
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tocsin.guard.fastapi import asked, respond
from tocsin.guard.idempotency import Answer
from tocsin.guard.sqlalchemy.asyncio import once

app = FastAPI()


class Base(DeclarativeBase): ...


class Payment(Base):
    __tablename__ = "payments"
    id: Mapped[int] = mapped_column(primary_key=True)
    cents: Mapped[int]


def session() -> AsyncSession: ...


@app.post("/payments")
async def pay(request: Request, cents: int, db: Annotated[AsyncSession, Depends(session)]):
    async def work() -> Answer:
        db.add(Payment(cents=cents))
        await db.flush()
        return Answer.of({"paid": cents})

    answer = await once(db, await asked(request, identity="alice"), work)
    await db.commit()
    return respond(answer)
