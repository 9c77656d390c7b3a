"""Refusals of guards as answers of Flask."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, current_app

from tocsin.guard import problem
from tocsin.guard.errors import GuardError


def install(app: Flask, *, rollback: Callable[[], object] | None = None) -> None:
    """Answer every ``GuardError`` of a view with ``application/problem+json``.

    First the transaction is rolled back: the session of Flask-SQLAlchemy, where the application
    has one, and whatever ``rollback`` does.
    """

    def refused(error: GuardError) -> Response:
        if (extension := current_app.extensions.get("sqlalchemy")) is not None:
            extension.session.rollback()
        if rollback is not None:
            rollback()
        told = problem.of(error)
        return Response(told.body, told.status, dict(told.headers))

    app.register_error_handler(GuardError, refused)
