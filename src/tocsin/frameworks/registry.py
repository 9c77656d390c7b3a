"""All frameworks, and apps made of several of them."""

from __future__ import annotations

from dataclasses import replace

from tocsin.frameworks.base import Described, Framework, Skipped
from tocsin.frameworks.django import DjangoFramework
from tocsin.frameworks.endpoint import RAW_ASGI, joined
from tocsin.frameworks.fastapi import FastAPIFramework
from tocsin.frameworks.flask import FlaskFramework
from tocsin.frameworks.starlette import StarletteFramework
from tocsin.model.http import Operation, Parameter

FRAMEWORKS: tuple[Framework, ...] = (
    FastAPIFramework(),
    StarletteFramework(),
    FlaskFramework(),
    DjangoFramework(),
)

WRAPPED_IN = ("app", "wsgi_app", "application")
DEPTH = 16


def framework_of(application: object) -> Framework | None:
    """The framework that recognises this object."""
    return next((one for one in FRAMEWORKS if one.recognises(application)), None)


def unwrap(application: object) -> object:
    """The app below the middleware that was put around it; the object itself if there is none."""
    inner = application
    for _ in range(DEPTH):
        if framework_of(inner) is not None:
            return inner
        following = (getattr(inner, name, None) for name in WRAPPED_IN)
        inner = next((found for found in following if found is not None), None)
        if inner is None:
            break
    return application


def describe(application: object) -> Described:
    """Every endpoint of the app and of the apps mounted in it."""
    inner = unwrap(application)
    framework = framework_of(inner)
    if framework is None:
        return Described()
    described = framework.operations(inner)
    operations, skipped = list(described.operations), list(described.skipped)
    for mounted in described.mounted:
        below = describe(mounted.application)
        if not below.operations and not below.skipped:
            skipped.append(Skipped(f"MOUNT {mounted.prefix}", RAW_ASGI))
        operations += [_below(mounted.prefix, operation) for operation in below.operations]
        skipped += [_skipped_below(mounted.prefix, one) for one in below.skipped]
    return Described(tuple(_first_of_each(operations)), tuple(skipped))


def _below(prefix: str, operation: Operation) -> Operation:
    path = joined(prefix, operation.path)
    known = {parameter.name for parameter in operation.parameters if parameter.place == "path"}
    names = [part.partition("}")[0] for part in prefix.split("{")[1:]]
    added = tuple(
        Parameter(name, "path", schema={"type": "string"}) for name in names if name not in known
    )
    return replace(operation, path=path, parameters=added + operation.parameters)


def _skipped_below(prefix: str, skipped: Skipped) -> Skipped:
    verb, _, path = skipped.endpoint.partition(" ")
    return Skipped(f"{verb} {joined(prefix, path)}", skipped.reason)


def _first_of_each(operations: list[Operation]) -> list[Operation]:
    """Of two routes for one endpoint only the first is ever reached."""
    first: dict[str, Operation] = {}
    for one in operations:
        first.setdefault(one.endpoint, one)
    return list(first.values())
