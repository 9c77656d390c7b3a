"""One database, two engines: asyncio for most endpoints, threads for the plain ``def`` ones."""

import os
from pathlib import Path
from typing import Annotated

from sqlalchemy import URL, create_engine, make_url
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, sessionmaker

from tocsin.guard.fastapi import transaction

DEFAULT = f"sqlite:///{Path(__file__).parent.parent / 'shop.db'}"
ASYNC_DRIVERS = {
    "sqlite": ("aiosqlite",),
    "postgresql": ("asyncpg", "psycopg"),
    "mariadb": ("aiomysql", "asyncmy"),
}
SYNC_DRIVERS = {
    "sqlite": ("pysqlite",),
    "postgresql": ("psycopg", "psycopg2"),
    "mariadb": ("pymysql", "mysqldb"),
}


def url(drivers: dict[str, tuple[str, ...]]) -> URL:
    """The configured database, spoken to through one of the drivers."""
    base = make_url(os.environ.get("SHOP_DATABASE_URL", DEFAULT))
    backend = base.get_backend_name()
    asked, known = os.environ.get("SHOP_DRIVER"), drivers[backend]
    return base.set(drivername=f"{backend}+{asked if asked in known else known[0]}")


async_engine = create_async_engine(url(ASYNC_DRIVERS))
engine = create_engine(url(SYNC_DRIVERS))
async_sessions = async_sessionmaker(async_engine, expire_on_commit=False)
sessions = sessionmaker(engine, expire_on_commit=False)

# One transaction for each request, committed before the answer is sent.
AsyncDb = Annotated[AsyncSession, transaction(async_sessions)]
Db = Annotated[Session, transaction(sessions)]
