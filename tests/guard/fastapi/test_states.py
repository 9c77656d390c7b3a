"""State that endpoints rely on, declared for a whole application."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from tests.guard.sqlalchemy.models import Order, Refund
from tocsin.guard.fastapi import install, transaction, unchanged


def relied() -> Any:
    return select(Order).where(Order.id == 1)


@pytest.mark.parametrize("kind", [Session, AsyncSession])
def test_nothing_is_written_and_nothing_sent(
    kind: type, sessions: Any, async_sessions: Any
) -> None:
    made = async_sessions if kind is AsyncSession else sessions
    db_of = Annotated[kind, transaction(made)]  # type: ignore[valid-type]

    def refunded(db: Any, ships: str = "") -> dict[str, bool]:
        if ships:
            with sessions.begin() as other:
                other.execute(update(Order).where(Order.id == 1).values(status="shipped"))
        db.add(Refund(order_id=1))
        return {"done": True}

    refunded.__annotations__ = {"db": db_of, "ships": str}
    app = FastAPI(dependencies=[unchanged(relied, db_of)])
    install(app)
    app.post("/")(refunded)
    client = TestClient(app)
    answer = client.post("/?ships=yes")
    assert answer.status_code == 409
    assert answer.json()["title"] == "Conflict"
    assert client.post("/").status_code == 200
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Refund)) == 1
