import asyncio
from typing import Annotated

import redis
import redis.asyncio
from fastapi import Depends, FastAPI
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tocsin.guard import sqlalchemy as guard
from tocsin.guard.limits import Rate
from tocsin.guard.redis import consume
from tocsin.guard.redis.asyncio import consume as consume_soon

app = FastAPI()
CALLS = Rate("calls", 10, per=60)
client = redis.Redis()
async_client = redis.asyncio.Redis()


class Base(DeclarativeBase): ...


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str]


def session() -> Session: ...


@app.post("/orders/{key}/cancel")
def cancel(key: int, db: Annotated[Session, Depends(session)]) -> None:
    guard.transition(db, Order, key, from_="pending", to="cancelled")
    db.commit()


@app.get("/orders")
def orders(who: str) -> list:
    consume(client, CALLS, who)
    return []


@app.get("/both")
async def both(who: str) -> list:
    return await asyncio.gather(
        consume_soon(async_client, CALLS, who), consume_soon(async_client, CALLS, "all")
    )


@app.get("/later")
async def later(who: str) -> int:
    left = consume_soon(async_client, CALLS, who)
    return await left
