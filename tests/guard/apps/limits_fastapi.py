"""One coupon, for FastAPI with SQLAlchemy and an ``AsyncSession``."""

import os

from fastapi import FastAPI, HTTPException
from sqlalchemy import create_engine, select, update
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from tocsin.guard.fastapi import install
from tocsin.guard.limits import Stock, digest
from tocsin.guard.sqlalchemy import METADATA, TALLY
from tocsin.guard.sqlalchemy.asyncio import consume

COUPON = Stock("coupon", 1)
sessions = async_sessionmaker(create_async_engine(os.environ["GUARDED_ASYNC_URL"]))


def seed():
    engine = create_engine(os.environ["GUARDED_URL"])
    METADATA.create_all(engine)
    with engine.begin() as connection:
        connection.execute(TALLY.delete())
        unused = {"key": digest(COUPON, "unguarded"), "used": 0, "ends": 0}
        connection.execute(TALLY.insert().values(**unused))
    engine.dispose()


app = FastAPI()
install(app)


@app.post("/guarded")
async def redeem():
    async with sessions.begin() as session:
        left = await consume(session, COUPON, "TEN")
    return {"left": left}


@app.post("/unguarded")
async def redeem_unguarded():
    mine = TALLY.c.key == digest(COUPON, "unguarded")
    async with sessions.begin() as session:
        used = await session.scalar(select(TALLY.c.used).where(mine))
        if used >= COUPON.amount:
            raise HTTPException(409)
        await session.execute(update(TALLY).where(mine).values(used=used + 1))
    return {"left": COUPON.amount - used - 1}
