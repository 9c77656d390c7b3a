"""``Idempotency-Key`` for Flask."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec

from flask import Response, make_response, request

from tocsin.guard import idempotency
from tocsin.guard.idempotency import HEADER, Answer, Asked

P = ParamSpec("P")
Once = Callable[[Asked | None, Callable[[], Answer]], Answer]
"""Any ``once`` with its store filled in: ``partial(once, client)``."""


def asked(*, identity: str | int, required: bool = True) -> Asked | None:
    """What the current request asks for, for ``once``. ``identity`` is who sends it.

    Raises ``Malformed`` for a key that is missing (where it is ``required``) or unreadable.
    """
    return idempotency.asked(
        request.headers.getlist(HEADER),
        identity=identity,
        method=request.method,
        path=request.path,
        query=request.query_string.decode("latin-1"),
        body=request.get_data(),
        required=required,
    )


def respond(answer: Answer) -> Response:
    """The answer as a response."""
    response = Response(answer.body, answer.status)
    response.headers.clear()
    for name, value in answer.headers:
        response.headers.add(name, value)
    return response


def idempotent(
    once: Once, *, identity: Callable[[], str | int], required: bool = True
) -> Callable[[Callable[P, Any]], Callable[P, Response]]:
    """A decorator of views that are carried out once.

    The whole view is ``work``, so the store is one of its own (Redis). Where effect and answer are
    to be one transaction, call ``once`` in the view.
    """

    def decorate(view: Callable[P, Any]) -> Callable[P, Response]:
        @functools.wraps(view)
        def viewed(*args: P.args, **kwargs: P.kwargs) -> Response:
            made: list[Response] = []

            def work() -> Answer:
                made.append(make_response(view(*args, **kwargs)))
                return _answer(made[0])

            answer = once(asked(identity=identity(), required=required), work)
            # The response itself, where there is one: it may have cookies.
            return made[0] if made else respond(answer)

        return viewed

    return decorate


def _answer(response: Response) -> Answer:
    response.direct_passthrough = False
    return Answer.made(response.status_code, response.headers.items(), response.get_data())
