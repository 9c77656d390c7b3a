"""The conformance kit of a framework adapter.

Give it an app whose endpoints are known::

    check_framework(FlaskFramework(), app, {"GET /orders/{order_id}": {"order_id": "integer"}})

Every endpoint of the app must answer whatever values it is given with anything but 404 and 405:
that is how the kit sees that an operation reaches its endpoint.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping

from tocsin.frameworks.base import Framework
from tocsin.frameworks.registry import FRAMEWORKS, describe, framework_of
from tocsin.model.http import ANONYMOUS, Operation, Request, Response
from tocsin.scenario.build import build
from tocsin.scenario.draft import Draft
from tocsin.scenario.knowledge import Knowledge
from tocsin.testing.client import client

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
PLACES = frozenset({"path", "query", "header", "cookie"})
VARIABLE = re.compile(r"{([^{}]+)}")


def check_framework(
    framework: Framework, application: object, expected: Mapping[str, Mapping[str, str]]
) -> None:
    """Raise ``AssertionError`` unless the adapter describes exactly this app.

    ``expected`` maps every endpoint to the JSON Schema types of its path parameters.
    """
    assert framework.recognises(application), f"{framework.name} does not recognise its own app"
    assert not framework.recognises(object()), f"{framework.name} recognises anything"
    assert framework_of(application) == framework, f"{framework.name} is hidden by another adapter"
    assert framework.name in {one.name for one in FRAMEWORKS}, f"{framework.name} is not registered"
    assert framework.interface(application) in {"asgi", "wsgi"}
    described = describe(application)
    found = {operation.endpoint: operation for operation in described.operations}
    skipped = {one.endpoint: one.reason for one in described.skipped}
    assert set(found) == set(expected), _difference(set(found), set(expected), skipped)
    assert len(found) == len(described.operations), "an endpoint is described twice"
    for one in described.skipped:
        assert one.reason, f"{one.endpoint} is skipped without a reason"
        assert not one.reason.endswith("."), f"the reason of {one.endpoint} ends in a full stop"
    for endpoint, types in expected.items():
        check_operation(found[endpoint], types)
    assert describe(application) == described, "a second look sees something else"
    with client(application, framework.interface(application)) as send:
        for operation in found.values():
            _check_callable(operation, send)


def check_operation(operation: Operation, types: Mapping[str, str]) -> None:
    """Check that one operation is well formed, with these path parameters."""
    name = operation.endpoint
    assert operation.method in METHODS, f"{name}: not a method to explore"
    assert operation.path.startswith("/"), f"{name}: a path starts with a slash"
    assert not re.search(r"[<>^$\\]|\(\?", operation.path), f"{name}: not in {{name}} form"
    path = {one.name: one for one in operation.parameters if one.place == "path"}
    assert set(path) == set(VARIABLE.findall(operation.path)), f"{name}: undeclared path values"
    for one in operation.parameters:
        assert one.place in PLACES, f"{name}: {one.name} is in {one.place}"
        assert one.required or one.place != "path", f"{name}: {one.name} cannot be left out"
    declared = {key: one.schema.get("type") for key, one in path.items()}
    assert declared == dict(types), f"{name}: path values have the types {declared}"
    assert operation.body is None or operation.method != "GET", f"{name}: GET has no body"
    _check_source(operation)


def _check_source(operation: Operation) -> None:
    module, _, qualified = operation.source.partition(":")
    assert module and qualified, f"{operation.endpoint}: source is {operation.source!r}"
    found: object = importlib.import_module(module)
    for part in qualified.split("."):
        if part == "<locals>":
            return  # made by a factory: nothing to look up
        found = getattr(found, part)
    assert callable(found), f"{operation.endpoint}: {operation.source} cannot be called"


def _check_callable(operation: Operation, send: Callable[[Request], Response]) -> None:
    draft = Draft.first(operation, Knowledge().seen_by(ANONYMOUS))
    assert not draft.lacking, f"{operation.endpoint}: no value for {draft.lacking}"
    response = send(build(operation, draft.inputs(), ANONYMOUS))
    reached = response.status not in {404, 405, 501}
    assert reached, f"{operation.endpoint}: answers {response.status} {response.body[:200]!r}"


def _difference(found: set[str], expected: set[str], skipped: Mapping[str, str]) -> str:
    lost = [f"{one} ({skipped.get(one, 'not seen')})" for one in sorted(expected - found)]
    return f"not found: {lost}; found besides: {sorted(found - expected)}"
