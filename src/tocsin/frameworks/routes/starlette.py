"""Starlette: tables of routes, mounted or not, and routes that are added.

Source: www.starlette.io/routing, www.starlette.io/endpoints.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tocsin.frameworks.routes.base import METHODS, Entry, Injected, joined, keyword, text
from tocsin.source.annotations import direct
from tocsin.source.module import Module
from tocsin.source.names import inherited, named
from tocsin.source.project import (
    ClassSymbol,
    ExternalSymbol,
    FunctionSymbol,
    Project,
    VariableSymbol,
)

_REQUEST = "starlette.Request"
_ROUTES = {
    "starlette.routing.Route": "",
    "fastapi.routing.APIRoute": "",
    "starlette.routing.WebSocketRoute": "websocket",
    "fastapi.routing.APIWebSocketRoute": "websocket",
}
_ADDED = {"add_route": "", "add_websocket_route": "websocket"}
_MOUNTS = frozenset({"starlette.routing.Mount", "fastapi.routing.Mount"})
_APPS = frozenset(
    {"starlette.applications.Starlette", "starlette.routing.Router"}
    | {"fastapi.FastAPI", "fastapi.APIRouter"}
)
_RECEIVING = ("on_connect", "on_receive", "on_disconnect")

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class StarletteRoutes:
    """See the module."""

    name: str = "starlette"
    markers: tuple[bytes, ...] = (b"Route(", b"Mount(", b"add_route(", b"add_websocket_route(")
    apart: bool = False

    def entries(self, project: Project, modules: tuple[Module, ...]) -> Iterator[Entry]:
        mounted = dict(_mounted(project, modules))
        for module in modules:
            yield from _entries(project, module, module.tree, "", mounted)

    def injected(self, project: Project, symbol: FunctionSymbol) -> tuple[Injected, ...]:
        return ()


def _external(project: Project, module: Module, node: ast.expr) -> str:
    symbol = named(project, module, node)
    return symbol.name if isinstance(symbol, ExternalSymbol) else ""


def _mounted(project: Project, modules: tuple[Module, ...]) -> Iterator[tuple[Key, str]]:
    """Variables with routes, or with an application, and the path below which they are."""
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and _external(project, module, node.func) in _MOUNTS:
                for each in (*node.args[1:2], keyword(node, "app"), keyword(node, "routes")):
                    if isinstance(each, ast.Name | ast.Attribute):
                        symbol = direct(project, module, each)
                        if isinstance(symbol, VariableSymbol):
                            yield (symbol.module.path, symbol.name), _path(node)


def _path(node: ast.Call) -> str:
    return text(node.args[0] if node.args else keyword(node, "path"))


def _entries(
    project: Project, module: Module, node: ast.AST, prefix: str, mounted: Mapping[Key, str]
) -> Iterator[Entry]:
    """The routes below a node of the tree; a ``Mount`` adds to the path."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            prefix = joined(mounted.get((module.path, name), ""), prefix)
        case ast.Call():
            called = _external(project, module, node.func)
            if called in _MOUNTS:
                prefix = joined(prefix, _path(node))
            elif called in _ROUTES:
                yield from _route(project, module, node, prefix, _ROUTES[called])
            else:
                yield from _added(project, module, node, mounted)
        case _:
            pass
    for child in ast.iter_child_nodes(node):
        yield from _entries(project, module, child, prefix, mounted)


def _added(
    project: Project, module: Module, node: ast.Call, mounted: Mapping[Key, str]
) -> Iterator[Entry]:
    """``app.add_route("/orders", orders, methods=["POST"])``."""
    func = node.func
    if not isinstance(func, ast.Attribute) or func.attr not in _ADDED:
        return
    if _external(project, module, func.value) not in _APPS:
        return
    symbol = direct(project, module, func.value)
    key = (symbol.module.path, symbol.name) if isinstance(symbol, VariableSymbol) else ("", "")
    yield from _route(project, module, node, mounted.get(key, ""), _ADDED[func.attr])


def _route(
    project: Project, module: Module, node: ast.Call, prefix: str, verb: str
) -> Iterator[Entry]:
    target = next(iter(node.args[1:2]), keyword(node, "endpoint") or keyword(node, "route"))
    found = named(project, module, target) if target is not None else None
    path = joined(prefix, _path(node))
    if isinstance(found, ClassSymbol):
        yield from _endpoint(project, found, path, verb)
    elif isinstance(found, FunctionSymbol):
        listed = getattr(keyword(node, "methods"), "elts", [])
        verbs = [verb] if verb else [text(each) for each in listed] or ["get"]
        for each in verbs:
            yield Entry(f"{each.upper()} {path}", "starlette", found, typed=_typed(found, verb))


def _endpoint(project: Project, owner: ClassSymbol, path: str, verb: str) -> Iterator[Entry]:
    """A class with a method for each verb, or for what comes through a socket."""
    for name in _RECEIVING if verb else METHODS:
        found = inherited(project, owner, name)
        if isinstance(found, FunctionSymbol):
            word = (verb or name).upper()
            typed = _typed(found, verb)
            yield Entry(f"{word} {path}", "starlette", found, receiver=owner, typed=typed)


def _typed(symbol: FunctionSymbol, verb: str) -> tuple[tuple[str, str], ...]:
    own = [each.arg for each in symbol.node.args.args if each.arg != "self"]
    return ((own[0], _REQUEST),) if own and not verb else ()
