"""Middleware: what runs around every request, of Starlette, Flask and Django."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.frameworks.routes.base import Entry, Injected, functions
from tocsin.source.module import Module
from tocsin.source.names import descends
from tocsin.source.project import ClassSymbol, FunctionSymbol, Project

HANDLER = "web.Handler"
_BASES = frozenset(
    {"starlette.middleware.base.BaseHTTPMiddleware", "fastapi.middleware.base.BaseHTTPMiddleware"}
)
_MIXIN = frozenset({"django.utils.deprecation.MiddlewareMixin"})
_AFTER = frozenset({"after_request", "after_app_request"})
_GIVEN = "get_response"


@dataclass(frozen=True, slots=True)
class Middleware:
    """Functions that are given the rest of the application, or its response."""

    name: str = "middleware"
    markers: tuple[bytes, ...] = (
        b"call_next",
        b"get_response",
        b"after_request",
        b"after_app_request",
        b"process_response",
        b"BaseHTTPMiddleware",
    )
    apart: bool = True

    def entries(self, project: Project, modules: tuple[Module, ...]) -> Iterator[Entry]:
        for module in modules:
            for symbol in functions(module):
                if symbol.owner is None:
                    yield from _function(symbol)
                else:
                    yield from _method(project, symbol, symbol.owner)

    def injected(self, project: Project, symbol: FunctionSymbol) -> tuple[Injected, ...]:
        return ()


def _function(symbol: FunctionSymbol) -> Iterator[Entry]:
    node = symbol.node
    names = [each.arg for each in node.args.args]
    decorators = {_last(each) for each in node.decorator_list}
    if "middleware" in decorators and len(names) > 1:
        yield _entry(symbol, "fastapi", typed=((names[1], HANDLER),))
    elif decorators & _AFTER and names:
        yield _entry(symbol, "flask", after=True)
    elif names == [_GIVEN]:  # a factory
        for inner in node.body:
            if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                made = FunctionSymbol(symbol.module, inner, None)
                yield _entry(made, "django", typed=((_GIVEN, HANDLER),))


def _method(project: Project, symbol: FunctionSymbol, owner: ClassSymbol) -> Iterator[Entry]:
    name = symbol.node.name
    if name == "dispatch" and descends(project, owner, _BASES):
        names = [each.arg for each in symbol.node.args.args]
        if len(names) > 2:
            yield _entry(symbol, "fastapi", typed=((names[2], HANDLER),))
    elif name in {"__call__", "__acall__"} and _takes_handler(project, owner):
        yield _entry(symbol, "django", typed=((f"self.{_GIVEN}", HANDLER),))
    elif name == "process_response" and (
        _takes_handler(project, owner) or descends(project, owner, _MIXIN)
    ):
        yield _entry(symbol, "django", after=True)


def _takes_handler(project: Project, owner: ClassSymbol) -> bool:
    made = project.member(owner, "__init__")
    if not isinstance(made, FunctionSymbol):
        return descends(project, owner, _MIXIN) is not None
    return _GIVEN in {each.arg for each in made.node.args.args}


def _entry(
    symbol: FunctionSymbol,
    framework: str,
    *,
    typed: tuple[tuple[str, str], ...] = (),
    after: bool = False,
) -> Entry:
    return Entry(
        f"{symbol.module.name}.{symbol.qualname}",
        framework,
        symbol,
        receiver=symbol.owner,
        typed=typed,
        routed=False,
        after=after,
    )


def _last(node: ast.expr) -> str:
    match node:
        case ast.Call(func=func):
            return _last(func)
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""
