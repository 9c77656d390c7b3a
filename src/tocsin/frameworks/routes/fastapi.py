"""FastAPI: decorated functions, routes that are added, ``Depends``, prefixes of routers.

``dependency_overrides`` are for tests, and are not followed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from tocsin.frameworks.routes.base import (
    METHODS,
    Entry,
    Injected,
    functions,
    joined,
    keyword,
    statements,
    text,
)
from tocsin.frameworks.routes.fastapi_local import Local, local, method
from tocsin.source.annotations import direct, metadata
from tocsin.source.module import Module
from tocsin.source.names import descends, named
from tocsin.source.project import (
    ClassSymbol,
    ExternalSymbol,
    FunctionSymbol,
    Project,
    Symbol,
    VariableSymbol,
)

_ROUTERS = frozenset(
    {"fastapi.APIRouter", "fastapi.FastAPI", "fastapi.routing.APIRouter"}
    | {"fastapi.applications.FastAPI"}
)
_ADDED = frozenset({"add_api_route", "add_api_websocket_route"})
_DEPENDS = frozenset({"fastapi.Depends", "fastapi.Security", "fastapi.params.Depends"})

Key = tuple[str, str]


@dataclass(slots=True)
class _Inclusions:
    """Which router is included where, with which prefix and dependencies.

    ``local`` are the routers of functions, by the modules.
    """

    parents: dict[Key, tuple[Key, str]] = field(default_factory=dict)
    own: dict[Key, str] = field(default_factory=dict)
    local: dict[str, Local] = field(default_factory=dict)
    before: dict[Key, tuple[FunctionSymbol, ...]] = field(default_factory=dict)

    def prefix(self, key: Key, depth: int = 0) -> str:
        own = self.own.get(key, "")
        parent = self.parents.get(key)
        if parent is None or depth > 8:
            return own
        return f"{self.prefix(parent[0], depth + 1)}{parent[1]}{own}"

    def knows(self, project: Project, module: Module, node: ast.expr) -> bool:
        """Whether an expression is a router, at the top of a module or in a function."""
        if _is_router(project, module, node):
            return True
        known = self.local.get(module.path)
        return known is not None and ast.unparse(node) in known.names

    def guards(self, key: Key, depth: int = 0) -> tuple[FunctionSymbol, ...]:
        parent = self.parents.get(key)
        above = self.guards(parent[0], depth + 1) if parent and depth < 8 else ()
        return above + self.before.get(key, ())


@dataclass(frozen=True, slots=True)
class FastAPIRoutes:
    """See the module."""

    name: str = "fastapi"
    markers: tuple[bytes, ...] = (
        b"APIRouter",
        b"FastAPI",
        b"router.",
        b"include_router",
        b"add_api_",
    )
    apart: bool = False

    def entries(self, project: Project, modules: tuple[Module, ...]) -> Iterator[Entry]:
        inclusions = _inclusions(project, modules)
        for module in modules:
            for symbol in functions(module):
                for decorator in symbol.node.decorator_list:
                    yield from _routes(project, symbol, decorator, inclusions)
            for node in statements(module):
                yield from _added(project, module, node, inclusions)

    def injected(self, project: Project, symbol: FunctionSymbol) -> tuple[Injected, ...]:
        return tuple(_injected(project, symbol))


def _routes(
    project: Project, symbol: FunctionSymbol, node: ast.expr, inclusions: _Inclusions
) -> Iterator[Entry]:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    verb = node.func.attr
    if verb not in {*METHODS, "api_route", "websocket"}:
        return
    if not inclusions.knows(project, symbol.module, node.func.value):
        return
    verbs = _methods(node) if verb == "api_route" else [verb]
    yield from _routed(project, symbol.module, node, symbol, verbs, inclusions)


def _added(
    project: Project, module: Module, node: ast.Call, inclusions: _Inclusions
) -> Iterator[Entry]:
    """``router.add_api_route("/orders", create, methods=["POST"])``."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr not in _ADDED:
        return
    target = node.args[1] if len(node.args) > 1 else keyword(node, "endpoint")
    if target is None or not inclusions.knows(project, module, node.func.value):
        return
    match target:
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            symbol: Symbol | None = method(project, module, node, name)
        case _:
            symbol = named(project, module, target)
    if isinstance(symbol, FunctionSymbol):
        verbs = _methods(node) if node.func.attr == "add_api_route" else ["websocket"]
        yield from _routed(project, module, node, symbol, verbs, inclusions)


def _methods(node: ast.Call) -> list[str]:
    return [text(each) for each in getattr(keyword(node, "methods"), "elts", [])] or ["get"]


def _routed(
    project: Project,
    module: Module,
    node: ast.Call,
    symbol: FunctionSymbol,
    verbs: list[str],
    inclusions: _Inclusions,
) -> Iterator[Entry]:
    """The entries of one call on a router, with what its routers ask first."""
    if not isinstance(node.func, ast.Attribute):
        return
    key = _key(project, module, node.func.value)
    path = text(node.args[0] if node.args else keyword(node, "path"))
    full = joined(inclusions.prefix(key), path)
    before = inclusions.guards(key) + tuple(_dependencies(project, module, node))
    for each in verbs:
        yield Entry(f"{each.upper()} {full}", "fastapi", symbol, before, receiver=symbol.owner)


def _is_router(project: Project, module: Module, node: ast.expr) -> bool:
    symbol = named(project, module, node)
    if isinstance(symbol, FunctionSymbol):  # what makes routers, or a class of them
        returned = symbol.node.returns
        if isinstance(returned, ast.Subscript) and ast.unparse(returned.value) in {"type", "Type"}:
            returned = returned.slice
        symbol = named(project, symbol.module, returned) if returned is not None else None
    if isinstance(symbol, ExternalSymbol):
        return symbol.name in _ROUTERS
    return isinstance(symbol, ClassSymbol) and descends(project, symbol, _ROUTERS) is not None


def _key(project: Project, module: Module, node: ast.expr) -> Key:
    symbol = direct(project, module, node)
    if isinstance(symbol, VariableSymbol):
        return symbol.module.path, symbol.name
    return module.path, ast.unparse(node)


def _inclusions(project: Project, modules: tuple[Module, ...]) -> _Inclusions:
    found = _Inclusions()
    for module in modules:
        known = found.local[module.path] = local(project, module, _is_router)
        top = {name: getattr(each, "value", None) for name, each in module.names.items()}
        for name, value in {**known.made, **top}.items():
            if isinstance(value, ast.Call) and _is_router(project, module, value):
                prefix = text(keyword(value, "prefix"))
                found.own[module.path, name] = prefix
                found.before[module.path, name] = tuple(_dependencies(project, module, value))
    for module in modules:
        for node in statements(module):
            if isinstance(node.func, ast.Attribute) and node.func.attr == "include_router":
                _included(project, module, node, found)
    return found


def _included(project: Project, module: Module, node: ast.Call, found: _Inclusions) -> None:
    router = node.args[0] if node.args else keyword(node, "router")
    if router is None or not isinstance(node.func, ast.Attribute):
        return
    child = _answered(project, module, router, found) or _key(project, module, router)
    parent = _key(project, module, node.func.value)
    prefix = text(keyword(node, "prefix"))
    if child != parent:
        found.parents[child] = (parent, prefix)
        added = tuple(_dependencies(project, module, node))
        found.before[child] = added + found.before.get(child, ())


def _answered(project: Project, module: Module, node: ast.expr, found: _Inclusions) -> Key | None:
    """The router that a function makes: ``app.include_router(build(orders))``."""
    symbol = named(project, module, node.func) if isinstance(node, ast.Call) else None
    if not isinstance(symbol, FunctionSymbol):
        return None
    known = found.local.get(symbol.module.path)
    name = known.answered.get(symbol.node.name) if known is not None else None
    return (symbol.module.path, name) if name is not None else None


def _dependencies(project: Project, module: Module, node: ast.Call) -> Iterator[FunctionSymbol]:
    """``dependencies=[Depends(f)]``."""
    for each in getattr(keyword(node, "dependencies"), "elts", []):
        provider = _provider(project, module, each)
        if isinstance(provider, FunctionSymbol):
            yield provider


def _provider(
    project: Project, module: Module, node: ast.expr
) -> FunctionSymbol | ClassSymbol | None:
    """What ``Depends(x)`` calls."""
    if not isinstance(node, ast.Call):
        return None
    called = named(project, module, node.func)
    if not isinstance(called, ExternalSymbol) or called.name not in _DEPENDS:
        return None
    target = node.args[0] if node.args else keyword(node, "dependency")
    if target is None:
        return None
    symbol = named(project, module, target)
    if isinstance(symbol, FunctionSymbol):
        return symbol
    if isinstance(symbol, ClassSymbol):
        made = isinstance(target, ast.Call) or _is_instance(project, module, target)
        inner = project.member(symbol, "__call__") if made else None
        return inner if isinstance(inner, FunctionSymbol) else symbol
    return None


def _is_instance(project: Project, module: Module, node: ast.expr) -> bool:
    symbol = direct(project, module, node)
    return isinstance(symbol, VariableSymbol) and isinstance(symbol.assigned.value, ast.Call)


def _injected(project: Project, symbol: FunctionSymbol) -> Iterator[Injected]:
    arguments = symbol.node.args
    plain = [*arguments.posonlyargs, *arguments.args]
    late = plain[len(plain) - len(arguments.defaults) :]
    defaults = dict(zip((each.arg for each in late), arguments.defaults, strict=True))
    defaults.update(
        {
            each.arg: default
            for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
            if default is not None
        }
    )
    for each in (*plain, *arguments.kwonlyargs):
        default = defaults.get(each.arg)
        provider = _provider(project, symbol.module, default) if default is not None else None
        if provider is None and each.annotation is not None:
            for module, node in metadata(project, symbol.module, each.annotation):
                provider = _provider(project, module, node)
                if provider is not None:
                    break
        if provider is not None:
            yield Injected(each.arg, provider)
