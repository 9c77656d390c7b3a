"""State that requests rely on, declared for an application."""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, func, select, update

from tests.guard.conftest import Place
from tests.guard.sqlalchemy.models import Order, Refund
from tocsin.guard.flask import install, unchanged


def test_nothing_is_written(place: Place, engine: Engine, sessions: Any) -> None:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = place.url()
    db = SQLAlchemy(app)
    install(app)

    def relied() -> Any:
        return None if "free" in request.args else select(Order).where(Order.id == 1)

    unchanged(app, db.session, relied)

    @app.post("/")
    def refunded() -> str:
        with sessions.begin() as other:
            status = request.args["status"]
            other.execute(update(Order).where(Order.id == 1).values(status=status))
        db.session.add(Refund(order_id=1))
        db.session.commit()
        return "done"

    client = app.test_client()
    assert client.post("/?status=pending").status_code == 200
    assert client.post("/?status=shipped").status_code == 409
    assert client.post("/?status=pending&free=yes").status_code == 200
    with app.app_context():
        db.engine.dispose()
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Refund)) == 2
