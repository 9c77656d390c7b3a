"""Refusals of guards as answers of Django."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse

from tocsin.guard import problem
from tocsin.guard.errors import GuardError


def answer(error: GuardError) -> HttpResponse:
    """The answer to a request that a guard refused."""
    told = problem.of(error)
    return HttpResponse(told.body, status=told.status, headers=dict(told.headers))


class GuardMiddleware:
    """Answers every ``GuardError`` of a view with ``application/problem+json``.

    It is named in ``MIDDLEWARE``. When it is asked, the error has left ``transaction.atomic()``,
    that of ``ATOMIC_REQUESTS`` too: everything is rolled back.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        return self._get_response(request)

    def process_exception(self, _: HttpRequest, error: Exception) -> HttpResponse | None:
        return answer(error) if isinstance(error, GuardError) else None
