"""Refusals of guards as answers of FastAPI and Starlette."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from tocsin.guard import problem
from tocsin.guard.errors import GuardError


def install(app: Starlette) -> None:
    """Answer every ``GuardError`` of an endpoint or a dependency with ``application/problem+json``.

    FastAPI leaves the dependencies of the request first: what they opened is rolled back before
    the answer is made.
    """
    app.add_exception_handler(GuardError, _refused)


async def _refused(_: Request, error: Exception) -> Response:
    # Starlette types its handlers for any exception; this one is asked about its own only.
    assert isinstance(error, GuardError)  # noqa: S101
    told = problem.of(error)
    return Response(told.body, told.status, dict(told.headers))
