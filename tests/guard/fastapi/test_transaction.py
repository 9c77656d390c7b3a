"""One transaction around an endpoint, and nothing sent before it is committed."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from fastapi import FastAPI, HTTPException
from fastapi.testclient import TestClient
from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import Session, sessionmaker

from tests.guard.sqlalchemy.models import Refund
from tocsin.guard.errors import Conflict
from tocsin.guard.fastapi import install, transaction

ERRORS = {"guard": Conflict("no"), "http": HTTPException(409), "": None}


def app(plain: sessionmaker[Session], waiting: async_sessionmaker[AsyncSession]) -> TestClient:
    app = FastAPI()
    install(app)
    db_of = Annotated[Session, transaction(plain)]
    async_db_of = Annotated[AsyncSession, transaction(waiting)]

    def sync(db: Any, error: str = "") -> dict[str, str]:
        db.add(Refund(order_id=1))
        db.flush()
        if (raised := ERRORS[error]) is not None:
            raise raised
        return {"done": "yes"}

    async def awaited(db: Any, error: str = "") -> dict[str, str]:
        db.add(Refund(order_id=1))
        await db.flush()
        if (raised := ERRORS[error]) is not None:
            raise raised
        return {"done": "yes"}

    # Their annotations are local names: FastAPI is handed the objects.
    sync.__annotations__ = {"db": db_of, "error": str}
    awaited.__annotations__ = {"db": async_db_of, "error": str}
    app.post("/sync")(sync)
    app.post("/async")(awaited)
    return TestClient(app, raise_server_exceptions=False)


def refunds(sessions: sessionmaker[Session]) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(Refund)) or 0


@pytest.mark.parametrize("path", ["/sync", "/async"])
def test_what_returned_is_committed(path: str, sessions: Any, async_sessions: Any) -> None:
    assert app(sessions, async_sessions).post(path).status_code == 200
    assert refunds(sessions) == 1


@pytest.mark.parametrize("error", ["guard", "http"])
@pytest.mark.parametrize("path", ["/sync", "/async"])
def test_what_was_refused_is_rolled_back(
    path: str, error: str, sessions: Any, async_sessions: Any
) -> None:
    answer = app(sessions, async_sessions).post(path, params={"error": error})
    assert answer.status_code == 409
    assert refunds(sessions) == 0


def late(session: Session) -> None:
    raise Conflict("found at the commit")


@pytest.mark.parametrize("path", ["/sync", "/async"])
def test_what_the_commit_refuses_is_never_answered_as_done(
    path: str, sessions: Any, async_sessions: Any
) -> None:
    """Nothing was sent: the answer is that of the commit."""
    client = app(sessions, async_sessions)
    event.listen(Session, "before_commit", late)
    try:
        answer = client.post(path)
    finally:
        event.remove(Session, "before_commit", late)
    assert answer.status_code == 409
    assert answer.json()["detail"] == "found at the commit"
    assert refunds(sessions) == 0
