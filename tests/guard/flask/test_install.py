"""Refusals answered by Flask, after the rollback."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, sessionmaker

from tests.guard.conftest import Place
from tests.guard.sqlalchemy.models import Refund
from tocsin.guard.errors import Conflict, TooMany
from tocsin.guard.flask import install


def test_a_problem_with_its_headers() -> None:
    app = Flask(__name__)
    install(app)

    @app.get("/")
    def limited() -> None:
        raise TooMany("twice a minute", retry_after=30)

    answer = app.test_client().get("/")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "30"
    assert answer.content_type == "application/problem+json"


def test_the_session_of_flask_sqlalchemy_is_rolled_back_first(
    place: Place, engine: Engine, sessions: Any
) -> None:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = place.url()
    db = SQLAlchemy(app)
    install(app)

    @app.post("/")
    def refunded() -> None:
        db.session.add(Refund(order_id=1))
        db.session.flush()
        raise Conflict("no")

    @app.after_request
    def commits(response: Response) -> Response:
        db.session.commit()
        return response

    assert app.test_client().post("/").status_code == 409
    assert refunds(sessions) == 0
    with app.app_context():
        db.engine.dispose()


def test_another_session_is_rolled_back_as_told(sessions: sessionmaker[Session]) -> None:
    app = Flask(__name__)
    with sessions() as session:
        install(app, rollback=session.rollback)

        @app.post("/")
        def refunded() -> None:
            session.add(Refund(order_id=1))
            session.flush()
            raise Conflict("no")

        assert app.test_client().post("/").status_code == 409
        session.commit()
    assert refunds(sessions) == 0


def refunds(sessions: sessionmaker[Session]) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(Refund)) or 0
