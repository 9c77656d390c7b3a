"""Flask: decorated functions, rules that are added, class-based views, resources."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

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
from tocsin.frameworks.routes.flask_classes import class_entries, is_view, views
from tocsin.frameworks.routes.flask_prefixes import Prefixes, key, kind, prefixes
from tocsin.source.module import Module
from tocsin.source.names import named
from tocsin.source.project import ClassSymbol, FunctionSymbol, Project


@dataclass(frozen=True, slots=True)
class FlaskRoutes:
    """See the module."""

    name: str = "flask"
    markers: tuple[bytes, ...] = (
        b"Blueprint",
        b"Flask(",
        b".route(",
        b"before_request",
        b"add_url_rule",
        b"add_resource",
        b"Namespace(",
        b"add_namespace",
        b"MethodView",
        b"Resource)",
    )
    apart: bool = False

    def entries(self, project: Project, modules: tuple[Module, ...]) -> Iterator[Entry]:
        known = prefixes(project, modules)
        placed: set[str] = set()
        for module in modules:
            for symbol in functions(module):
                for decorator in symbol.node.decorator_list:
                    yield from _routes(project, symbol, decorator, known)
            for each in (*_added(project, module, known), *_declared(project, module, known)):
                if each.receiver is not None:
                    placed.add(each.receiver.qualname)
                yield each
        for module in modules:  # where nobody says the path, the class is named
            for owner in views(module):
                if owner.qualname not in placed and is_view(project, owner):
                    for each in class_entries(project, owner, owner.node.name):
                        if each.function.owner == owner:
                            yield each

    def injected(self, project: Project, symbol: FunctionSymbol) -> tuple[Injected, ...]:
        return ()


def _routes(
    project: Project, symbol: FunctionSymbol, node: ast.expr, known: Prefixes
) -> Iterator[Entry]:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    verb = node.func.attr
    if verb not in {*METHODS, "route"} or not kind(project, symbol.module, node.func.value):
        return
    verbs = [verb]
    if verb == "route":
        verbs = list(_methods(node)) or ["get"]
    router = key(project, symbol.module, node.func.value)
    path = text(node.args[0] if node.args else keyword(node, "rule"))
    for each in verbs:
        full = braces(joined(known.prefix(router), path))
        yield Entry(f"{each.upper()} {full}", "flask", symbol, known.before(router))


def _methods(node: ast.Call) -> tuple[str, ...]:
    listed = getattr(keyword(node, "methods"), "elts", [])
    return tuple(text(each).lower() for each in listed)


def _added(project: Project, module: Module, known: Prefixes) -> Iterator[Entry]:
    """``app.add_url_rule("/x", view_func=f)``, ``api.add_resource(Order, "/x", "/y")``."""
    for node in statements(module):
        func = node.func
        if not isinstance(func, ast.Attribute):
            continue
        if func.attr == "add_url_rule":
            view = keyword(node, "view_func") or next(iter(node.args[2:3]), None)
            paths = [node.args[0] if node.args else keyword(node, "rule")]
        elif func.attr == "add_resource" and node.args:
            view, paths = node.args[0], list(node.args[1:])
        else:
            continue
        if view is not None and kind(project, module, func.value):
            router = key(project, module, func.value)
            for each in paths:
                full = braces(joined(known.prefix(router), text(each)))
                yield from _view(project, module, view, full, _methods(node), known.before(router))


def _view(
    project: Project,
    module: Module,
    node: ast.expr,
    path: str,
    verbs: tuple[str, ...],
    before: tuple[FunctionSymbol, ...],
) -> Iterator[Entry]:
    """A function, a class, ``Order.as_view("order")``, or one of them in a decorator."""
    while isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr == "as_view":
            node = node.func.value
        elif node.args:  # login_required(view)
            node = node.args[0]
        else:
            return
    symbol = named(project, module, node)
    if isinstance(symbol, ClassSymbol):
        yield from class_entries(project, symbol, path, before, verbs)
    elif isinstance(symbol, FunctionSymbol):
        for each in verbs or ("get",):
            yield Entry(f"{each.upper()} {path}", "flask", symbol, before)


def _declared(project: Project, module: Module, known: Prefixes) -> Iterator[Entry]:
    """``@ns.route("/x")`` on the class."""
    for owner in views(module):
        for node in owner.node.decorator_list:
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "route"
                and is_view(project, owner)
            ):
                router = key(project, module, node.func.value)
                for each in node.args:
                    full = braces(joined(known.prefix(router), text(each)))
                    yield from class_entries(project, owner, full, known.before(router))


def braces(path: str) -> str:
    """``<int:order_id>`` as ``{order_id}``."""
    return re.sub(r"<(?:[^:<>]*:)?([^<>]*)>", r"{\1}", path)
