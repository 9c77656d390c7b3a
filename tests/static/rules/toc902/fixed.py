from typing import Annotated

import redis.asyncio
from fastapi import Depends, FastAPI
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tocsin.guard.limits import Rate
from tocsin.guard.redis.asyncio import consume
from tocsin.guard.sqlalchemy.asyncio import authorize, owns, transition

app = FastAPI()
CALLS = Rate("calls", 10, per=60)
client = redis.asyncio.Redis()


class Base(DeclarativeBase): ...


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str]


def session() -> AsyncSession: ...


@app.post("/orders/{key}/cancel")
async def cancel(key: int, db: Annotated[AsyncSession, Depends(session)]) -> None:
    await transition(db, Order, key, from_="pending", to="cancelled")
    await db.commit()


@app.get("/orders")
async def orders(who: str) -> list:
    await consume(client, CALLS, who)
    return []


@app.delete("/orders/{key}")
async def remove(key: int, me: str, db: Annotated[AsyncSession, Depends(session)]) -> None:
    await authorize(db, owns(Order, key, Order.status == me))
    await db.commit()
