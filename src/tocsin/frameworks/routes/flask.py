"""Flask: decorated functions, blueprints, ``before_request``, class-based views."""

from __future__ import annotations

import ast
import re
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
from tocsin.source.annotations import direct
from tocsin.source.module import Module
from tocsin.source.names import ancestors, named
from tocsin.source.project import (
    ClassSymbol,
    ExternalSymbol,
    FunctionSymbol,
    Project,
    VariableSymbol,
)

_APPS = frozenset({"flask.Flask", "quart.Quart"})
_BLUEPRINTS = frozenset({"flask.Blueprint", "quart.Blueprint", "flask.blueprints.Blueprint"})
_CLASSES = frozenset(
    {"flask.views.MethodView", "flask_restful.Resource", "flask_restx.Resource"}
    | {"flask_smorest.MethodView"}
)
_HOOKS = frozenset({"before_request", "before_app_request"})

Key = tuple[str, str]


@dataclass(slots=True)
class _Blueprints:
    prefixes: dict[Key, str] = field(default_factory=dict)
    hooks: dict[Key, list[FunctionSymbol]] = field(default_factory=dict)
    everywhere: list[FunctionSymbol] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FlaskRoutes:
    """See the module."""

    name: str = "flask"
    markers: tuple[bytes, ...] = (
        b"Blueprint",
        b"Flask(",
        b".route(",
        b"before_request",
        b"MethodView",
        b"Resource)",
    )

    def entries(self, project: Project, modules: tuple[Module, ...]) -> Iterator[Entry]:
        blueprints = _blueprints(project, modules)
        for module in modules:
            for symbol in functions(module):
                for decorator in symbol.node.decorator_list:
                    yield from _routes(project, symbol, decorator, blueprints)
            yield from _classes(project, module)

    def injected(self, project: Project, symbol: FunctionSymbol) -> tuple[Injected, ...]:
        return ()


def _routes(
    project: Project, symbol: FunctionSymbol, node: ast.expr, blueprints: _Blueprints
) -> Iterator[Entry]:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    verb = node.func.attr
    if verb not in {*METHODS, "route"} or not _kind(project, symbol.module, node.func.value):
        return
    key = _key(project, symbol.module, node.func.value)
    path = text(node.args[0] if node.args else keyword(node, "rule"))
    full = braces(joined(blueprints.prefixes.get(key, ""), path))
    verbs = [verb]
    if verb == "route":
        given = getattr(keyword(node, "methods"), "elts", [])
        verbs = [text(each) for each in given] or ["get"]
    before = (*blueprints.everywhere, *blueprints.hooks.get(key, ()))
    for each in verbs:
        yield Entry(f"{each.upper()} {full}", "flask", symbol, before)


def braces(path: str) -> str:
    """``<int:order_id>`` as ``{order_id}``."""
    return re.sub(r"<(?:[^:<>]*:)?([^<>]*)>", r"{\1}", path)


def _kind(project: Project, module: Module, node: ast.expr) -> str:
    symbol = named(project, module, node)
    if isinstance(symbol, ExternalSymbol):
        if symbol.name in _APPS:
            return "app"
        if symbol.name in _BLUEPRINTS:
            return "blueprint"
    if isinstance(node, ast.Name) and node.id in {"app", "application"}:
        return "app"  # made by a factory, or handed to a function
    return ""


def _key(project: Project, module: Module, node: ast.expr) -> Key:
    symbol = direct(project, module, node)
    if isinstance(symbol, VariableSymbol):
        return symbol.module.path, symbol.name
    return module.path, ast.unparse(node)


def _blueprints(project: Project, modules: tuple[Module, ...]) -> _Blueprints:
    found = _Blueprints()
    for module in modules:
        for name, binding in module.names.items():
            value = getattr(binding, "value", None)
            if isinstance(value, ast.Call) and _kind(project, module, value) == "blueprint":
                found.prefixes[module.path, name] = text(keyword(value, "url_prefix"))
        for node in statements(module):
            if isinstance(node.func, ast.Attribute):
                _registered(project, module, node, node.func, found)
        for symbol in functions(module):
            for decorator in symbol.node.decorator_list:
                if isinstance(decorator, ast.Attribute) and decorator.attr in _HOOKS:
                    _hook(project, symbol.module, decorator, symbol, found)
    return found


def _registered(
    project: Project, module: Module, node: ast.Call, func: ast.Attribute, found: _Blueprints
) -> None:
    if func.attr == "register_blueprint" and node.args:
        prefix = text(keyword(node, "url_prefix"))
        key = _key(project, module, node.args[0])
        if prefix:
            found.prefixes[key] = prefix
    elif func.attr in _HOOKS and node.args:
        symbol = named(project, module, node.args[0])
        if isinstance(symbol, FunctionSymbol):
            _hook(project, module, func, symbol, found)


def _hook(
    project: Project,
    module: Module,
    node: ast.Attribute,
    symbol: FunctionSymbol,
    found: _Blueprints,
) -> None:
    if node.attr == "before_app_request" or _kind(project, module, node.value) != "blueprint":
        found.everywhere.append(symbol)
    else:
        found.hooks.setdefault(_key(project, module, node.value), []).append(symbol)


def _classes(project: Project, module: Module) -> Iterator[Entry]:
    """Views with one method for each verb; their path is given elsewhere, so the class is named."""
    for node in module.tree.body:
        if not isinstance(node, ast.ClassDef) or not node.bases:
            continue
        owner = ClassSymbol(module, node)
        outside = (b.name for b in ancestors(project, owner) if isinstance(b, ExternalSymbol))
        if not any(name in _CLASSES for name in outside):
            continue
        path = _declared(node) or f"{node.name}"
        for child in node.body:
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and child.name in METHODS:
                symbol = FunctionSymbol(module, child, owner)
                yield Entry(f"{child.name.upper()} {path}", "flask", symbol, receiver=owner)


def _declared(node: ast.ClassDef) -> str:
    """``@ns.route("/x")`` on the class."""
    for each in node.decorator_list:
        if (
            isinstance(each, ast.Call)
            and isinstance(each.func, ast.Attribute)
            and each.func.attr == "route"
            and each.args
        ):
            return braces(text(each.args[0]))
    return ""
