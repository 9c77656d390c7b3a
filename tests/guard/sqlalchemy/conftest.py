"""Sessions on real databases, filled."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import NullPool

from tests.guard.conftest import Place
from tests.guard.sqlalchemy.models import Base, filled


@pytest.fixture
def engine(place: Place) -> Iterator[Engine]:
    engine = create_engine(place.url())
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.add_all(filled())
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: Engine) -> sessionmaker[Session]:
    return sessionmaker(engine)


@pytest.fixture
def async_sessions(engine: Engine, place: Place) -> async_sessionmaker[AsyncSession]:
    """On a pool that keeps nothing: each test has an event loop of its own."""
    return async_sessionmaker(create_async_engine(place.url(asynchronous=True), poolclass=NullPool))
