"""What all adapters say of an endpoint in the same way."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Mapping

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})

ANY_BODY: Mapping[str, object] = {}
"""The schema that accepts everything: the framework does not declare what the endpoint reads."""

WEBSOCKET = "is a WebSocket, and only requests with one response are explored"
STATIC = "serves static files"
RAW_ASGI = "is an ASGI app of its own that does not tell its endpoints"


def ordered(methods: Collection[str]) -> tuple[str, ...]:
    """The methods worth exploring, in a fixed order. HEAD, OPTIONS and TRACE change nothing."""
    return tuple(method for method in METHODS if method in methods)


def undeclared_body(method: str) -> Mapping[str, object] | None:
    """The body's schema where the framework does not declare any."""
    return ANY_BODY if method in WITH_BODY else None


def unwrapped(function: object) -> object:
    """The user's own function, below decorators that keep ``__wrapped__`` and partials."""
    while True:
        if isinstance(function, functools.partial):
            function = function.func
        elif hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        else:
            return function


def source_of(function: Callable[..., object] | type | None) -> str:
    """Where the endpoint is written: ``shop.orders:cancel``."""
    if function is None:
        return ""
    inner = unwrapped(function)
    if not hasattr(inner, "__qualname__"):
        inner = type(inner)
    return f"{inner.__module__}:{inner.__qualname__}"


def summary_of(function: object) -> str:
    """The first line of the endpoint's docstring."""
    text = inspect.getdoc(unwrapped(function)) or ""
    return text.split("\n", 1)[0]


def joined(prefix: str, path: str) -> str:
    """A path below a prefix, with exactly one slash between them."""
    return prefix.rstrip("/") + "/" + path.lstrip("/") if prefix else "/" + path.lstrip("/")
