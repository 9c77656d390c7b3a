"""The application: ``uvicorn shop.main:app``."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from tocsin.guard.fastapi import install

from . import accounts, coupons, invoices, items, lists, oncall, orders, profiles, users
from .db import async_engine, engine


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    await async_engine.dispose()
    engine.dispose()


app = FastAPI(title="shop", lifespan=lifespan)
install(app)
# At the addresses, too, at which the shop that races has other endpoints: its tests are these.
for prefix in ("", "/safe", "/locked"):
    for part in (accounts, coupons, invoices, items, lists, oncall, orders, profiles, users):
        app.include_router(part.router, prefix=prefix)
