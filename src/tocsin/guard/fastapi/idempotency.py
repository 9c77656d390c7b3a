"""``Idempotency-Key`` for FastAPI and Starlette."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from tocsin.guard import idempotency
from tocsin.guard.idempotency import HEADER, Answer, Asked

Identity = Callable[[Request], str | int | Awaitable[str | int]]
Once = Callable[[Asked | None, Callable[[], Awaitable[Answer]]], Awaitable[Answer]]
"""Any ``once`` that is awaited, with its store filled in: ``partial(once, client)``."""


async def asked(request: Request, *, identity: str | int, required: bool = True) -> Asked | None:
    """What the request asks for, for ``once``. ``identity`` is who sends it.

    Raises ``Malformed`` for a key that is missing (where it is ``required``) or unreadable.
    """
    return idempotency.asked(
        request.headers.getlist(HEADER),
        identity=identity,
        method=request.method,
        path=request.url.path,
        query=request.url.query,
        body=await request.body(),
        required=required,
    )


def respond(answer: Answer) -> Response:
    """The answer as a response."""
    response = Response(answer.body, answer.status)
    # Not as a mapping: a header may be there twice.
    for name, value in answer.headers:
        response.headers.append(name, value)
    return response


def idempotent(once: Once, *, identity: Identity, required: bool = True) -> type[APIRoute]:
    """A class of routes that are carried out once: ``APIRouter(route_class=idempotent(…))``.

    The whole endpoint is ``work``, so the store is one of its own (Redis). Where effect and answer
    are to be one transaction, call ``once`` in the endpoint.
    """

    class Route(APIRoute):
        """A route whose answers are kept."""

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def handled(request: Request) -> Response:
                who = identity(request)
                known = await who if inspect.isawaitable(who) else who
                made: list[Response] = []

                async def work() -> Answer:
                    made.append(await _whole(await handle(request)))
                    return _answer(made[0])

                answer = await once(await asked(request, identity=known, required=required), work)
                # The response itself, where there is one: it may have cookies and further tasks.
                return made[0] if made else respond(answer)

            return handled

    return Route


async def _whole(response: Response) -> Response:
    """The response with a body, where it would have been sent in parts."""
    parts = getattr(response, "body_iterator", None)
    if parts is None:
        return response
    body = b"".join([part.encode() if isinstance(part, str) else part async for part in parts])
    whole = Response(body, response.status_code, background=response.background)
    for name, value in response.headers.items():
        whole.headers.append(name, value)
    return whole


def _answer(response: Response) -> Answer:
    return Answer.made(response.status_code, response.headers.items(), bytes(response.body))
