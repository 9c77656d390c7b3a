"""Rights as decorators: the view is the transaction."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine

from tests.guard.conftest import Place
from tests.guard.sqlalchemy.models import Order
from tocsin.guard.flask import authorized, install
from tocsin.guard.sqlalchemy import Grant, owns


def own_order(order_id: int) -> Grant[Order]:
    return owns(Order, order_id, Order.buyer == request.headers["me"])


def test_the_view_is_the_transaction(place: Place, engine: Engine, sessions: Any) -> None:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = place.url()
    db = SQLAlchemy(app)
    install(app)

    @app.put("/orders/<int:order_id>")
    @authorized(db.session, own_order, into="order")
    def noted(order_id: int, order: Order) -> str:
        assert order.id == order_id
        order.note = request.headers.get("note", "mine")
        db.session.flush()
        if "note" in request.headers:
            abort(418)
        return "done"

    @app.get("/orders/<int:order_id>")
    @authorized(db.session, own_order)
    def read(order_id: int) -> str:
        return str(order_id)

    client = app.test_client()
    assert client.put("/orders/1", headers={"me": "mallory"}).status_code == 403
    assert client.put("/orders/9", headers={"me": "alice"}).status_code == 404
    assert client.get("/orders/1", headers={"me": "alice"}).text == "1"
    assert client.put("/orders/1", headers={"me": "alice"}).status_code == 200
    assert client.put("/orders/1", headers={"me": "alice", "note": "half"}).status_code == 418
    with app.app_context():
        db.engine.dispose()
    with sessions() as session:
        assert session.get_one(Order, 1).note == "mine"
