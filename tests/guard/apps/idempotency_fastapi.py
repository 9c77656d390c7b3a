"""A payment that is made once, for FastAPI with SQLAlchemy and an ``AsyncSession``."""

import os

from fastapi import FastAPI, Request
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from tocsin.guard.fastapi import asked, install, respond
from tocsin.guard.idempotency import Answer
from tocsin.guard.sqlalchemy import ONCE
from tocsin.guard.sqlalchemy.asyncio import once

sessions = async_sessionmaker(create_async_engine(os.environ["GUARDED_ASYNC_URL"]))
metadata = MetaData()
ONCE.to_metadata(metadata)
PAYMENT = Table(
    "payments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(50)),
)


def seed():
    engine = create_engine(os.environ["GUARDED_URL"])
    metadata.drop_all(engine)
    metadata.create_all(engine)
    engine.dispose()


app = FastAPI()
install(app)


@app.post("/guarded")
async def pay(request: Request):
    async with sessions.begin() as session:

        async def work():
            await session.execute(PAYMENT.insert())
            return Answer.of({"paid": 1}, 201)

        answer = await once(session, await asked(request, identity="alice"), work)
    return respond(answer)


@app.post("/unguarded", status_code=201)
async def pay_unguarded(request: Request):
    key = request.headers["Idempotency-Key"]
    async with sessions.begin() as session:
        paid = await session.scalar(select(PAYMENT.c.id).where(PAYMENT.c.key == key))
        if paid is None:
            await session.execute(PAYMENT.insert().values(key=key))
    return {"paid": 1}
