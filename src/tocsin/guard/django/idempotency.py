"""``Idempotency-Key`` for Django, and for Django REST framework."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from tocsin.guard import idempotency
from tocsin.guard.django.records import once as once_in_rows
from tocsin.guard.idempotency import HEADER, Answer, Asked

Once = Callable[[Asked | None, Callable[[], Answer]], Answer]
"""Any ``once`` with its store filled in."""
Identity = Callable[[Any], str | int]


def asked(request: HttpRequest, *, identity: str | int, required: bool = True) -> Asked | None:
    """What the request asks for, for ``once``. ``identity`` is who sends it.

    Raises ``Malformed`` for a key that is missing (where it is ``required``) or unreadable.
    """
    value = request.META.get("HTTP_" + HEADER.upper().replace("-", "_"))
    return idempotency.asked(
        # Servers join fields of one name with commas, and a text in quotes has none around it.
        [] if value is None else [value],
        identity=identity,
        method=str(request.method),
        path=request.path,
        query=request.META.get("QUERY_STRING", ""),
        body=request.body,
        required=required,
    )


def respond(answer: Answer) -> HttpResponse:
    """The answer as a response."""
    response = HttpResponse(answer.body, status=answer.status)
    del response["Content-Type"]
    for name, value in answer.headers:
        response[name] = value
    return response


def idempotent(
    *, identity: Identity, once: Once = once_in_rows, required: bool = True
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator of views that are carried out once: view, key and answer are one transaction.

    It decorates functions that take a request first, and methods: Django's ``View`` and Django REST
    framework's ``APIView`` and view sets, where ``identity`` sees the framework's own request,
    authenticated. The request's body must not have been read before.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(view)
        def viewed(*args: Any, **kwargs: Any) -> HttpResponseBase:
            made: list[HttpResponse] = []
            request = next(arg for arg in args[:2] if hasattr(arg, "META"))

            def work() -> Answer:
                made.append(_rendered(request, view(*args, **kwargs)))
                return Answer.made(made[0].status_code, made[0].items(), made[0].content)

            answer = once(asked(request, identity=identity(request), required=required), work)
            # The response itself, where there is one: it may have cookies.
            return made[0] if made else respond(answer)

        return viewed

    return decorate


def _rendered(request: Any, response: Any) -> Any:
    """The response with its content: frameworks render some of them late."""
    if not getattr(response, "is_rendered", True):
        # Django REST framework's own request knows its view, which knows how to render.
        if view := getattr(request, "parser_context", {}).get("view"):
            response = view.finalize_response(request, response)
        response = response.render()
    if response.streaming:
        body = b"".join(response.streaming_content)
        whole = HttpResponse(body, status=response.status_code)
        whole.headers = response.headers
        return whole
    return response
