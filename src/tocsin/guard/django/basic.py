"""HTTP Basic authentication for views of Django."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from tocsin.guard.basic import Client, Gate, Verified
from tocsin.guard.basic.client import FORWARDED_FOR, FORWARDED_PROTO
from tocsin.guard.basic.perform import at_once, plainly, threaded
from tocsin.guard.django.middleware import answer
from tocsin.guard.errors import GuardError

_perform_in_threads = threaded(lambda call: sync_to_async(call)())


def authenticate(request: HttpRequest, gate: Gate) -> Verified:
    """The proof that a request carries. Raises what ``Gate.admit`` does."""
    return at_once(gate.admit(_given(request), _client(request, gate), plainly))


async def authenticate_async(request: HttpRequest, gate: Gate) -> Verified:
    """The same where there is an event loop."""
    return await gate.admit(_given(request), _client(request, gate), _perform_in_threads)


def authenticated(gate: Gate) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator: the view is called with the proof as ``me``, or not at all.

    Under ``ATOMIC_REQUESTS`` it is within the transaction of the view, which a refusal rolls back:
    attempts are then counted elsewhere than in that database, or by `BasicMiddleware`.
    """

    def decorator(view: Callable[..., Any]) -> Callable[..., Any]:
        if iscoroutinefunction(view):

            @functools.wraps(view)
            async def awaited(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
                me = await authenticate_async(request, gate)
                return await view(request, *args, me=me, **kwargs)

            return awaited

        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            return view(request, *args, me=authenticate(request, gate), **kwargs)

        return guarded

    return decorator


class BasicMiddleware:
    """Lets no request pass that carries no proof, which is ``request.me`` then.

    The setting ``TOCSIN_GATE`` names the gate (``"shop.login.gate"``). ``request.user`` stays what
    it was: who somebody is, ``Accounts.identity`` tells in the transaction that asks.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._get_response = get_response
        self._gate: Gate = import_string(settings.TOCSIN_GATE)
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if iscoroutinefunction(self._get_response):
            return self._awaited(request)
        try:
            request.me = authenticate(request, self._gate)
        except GuardError as error:
            return answer(error)
        return self._get_response(request)

    async def _awaited(self, request: HttpRequest) -> Any:
        try:
            request.me = await authenticate_async(request, self._gate)
        except GuardError as error:
            return answer(error)
        return await self._get_response(request)


def _given(request: HttpRequest) -> str | None:
    given: str | None = request.META.get("HTTP_AUTHORIZATION")
    return given


def _client(request: HttpRequest, gate: Gate) -> Client:
    headers = {name: request.headers.get(name, "") for name in (FORWARDED_FOR, FORWARDED_PROTO)}
    # Not ``request.scheme``: SECURE_PROXY_SSL_HEADER would ask any client.
    return gate.proxies.client(request.META.get("REMOTE_ADDR"), request._get_scheme(), headers)
