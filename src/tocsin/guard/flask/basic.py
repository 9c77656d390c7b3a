"""HTTP Basic authentication for views of Flask."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, request

from tocsin.guard.basic import Client, Gate, Verified
from tocsin.guard.basic.client import FORWARDED_FOR, FORWARDED_PROTO
from tocsin.guard.basic.perform import at_once, plainly

R = TypeVar("R")


def authenticate(gate: Gate) -> Verified:
    """The proof that the request carries. Raises what ``Gate.admit`` does."""
    given = request.headers.get("Authorization")
    return at_once(gate.admit(given, _client(gate), plainly))


def authenticated(gate: Gate) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """A decorator: the view is called with the proof as ``me``, or not at all.

    It stands below the route::

        @app.post("/items")
        @authenticated(gate)
        def create(me: Verified) -> …

    A view that is a coroutine function is awaited by Flask as ever.
    """

    def decorator(view: Callable[..., R]) -> Callable[..., R]:
        @functools.wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> R:
            found: R = current_app.ensure_sync(view)(*args, me=authenticate(gate), **kwargs)
            return found

        return guarded

    return decorator


def _client(gate: Gate) -> Client:
    headers = {name: request.headers.get(name, "") for name in (FORWARDED_FOR, FORWARDED_PROTO)}
    return gate.proxies.client(request.remote_addr, request.scheme, headers)
