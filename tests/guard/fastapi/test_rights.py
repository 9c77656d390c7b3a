"""Rights as dependencies, in the transaction of the endpoint."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Header
from fastapi.testclient import TestClient
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from tests.guard.sqlalchemy.models import Order
from tocsin.guard.fastapi import authorized, install, transaction
from tocsin.guard.sqlalchemy import Grant, owns


def own_order(order_id: int, me: Annotated[str, Header()]) -> Grant[Order]:
    return owns(Order, order_id, Order.buyer == me)


@pytest.mark.parametrize("kind", [Session, AsyncSession])
def test_the_row_is_in_the_session_of_the_endpoint(
    kind: type, sessions: Any, async_sessions: Any
) -> None:
    made = async_sessions if kind is AsyncSession else sessions
    db_of = Annotated[kind, transaction(made)]  # type: ignore[valid-type]
    order_of = Annotated[Order, authorized(own_order, db_of)]
    same: list[bool] = []

    def noted(order: Any, db: Any) -> None:
        order.note = "mine"
        same.append(order in getattr(db, "sync_session", db))

    noted.__annotations__ = {"order": order_of, "db": db_of}
    api = FastAPI()
    install(api)
    api.put("/orders/{order_id}")(noted)
    client = TestClient(api)
    assert client.put("/orders/1", headers={"me": "mallory"}).status_code == 403
    assert client.put("/orders/9", headers={"me": "alice"}).status_code == 404
    assert client.put("/orders/1", headers={"me": "alice"}).status_code == 200
    assert same == [True]
    with sessions() as session:
        assert session.get_one(Order, 1).note == "mine"


@pytest.mark.parametrize("wrong", [AsyncSession, None, 3])
def test_a_session_that_no_endpoint_has(wrong: Any) -> None:
    with pytest.raises(TypeError, match="what endpoints write"):
        authorized(own_order, wrong)
