"""Flask's blueprints, and what extensions make of them: which path they are below, what runs first.

Sources: flask.palletsprojects.com/en/stable/blueprints/#nesting-blueprints,
flask-restful.readthedocs.io, flask-restx.readthedocs.io/en/latest/scaling.html,
flask-smorest.readthedocs.io.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from tocsin.frameworks.routes.base import functions, joined, keyword, statements, text
from tocsin.source.annotations import direct
from tocsin.source.module import Module
from tocsin.source.names import named
from tocsin.source.project import ExternalSymbol, FunctionSymbol, Project, VariableSymbol

APP, BLUEPRINT, API, NAMESPACE = "app", "blueprint", "api", "namespace"

_KINDS = {
    **dict.fromkeys(("flask.Flask", "quart.Quart"), APP),
    **dict.fromkeys(
        ("flask.Blueprint", "quart.Blueprint", "flask.blueprints.Blueprint"), BLUEPRINT
    ),
    "flask_smorest.Blueprint": BLUEPRINT,
    **dict.fromkeys(("flask_restful.Api", "flask_restx.Api", "flask_smorest.Api"), API),
    "flask_restx.Namespace": NAMESPACE,
}
_PREFIXES = {BLUEPRINT: "url_prefix", API: "prefix", NAMESPACE: "path"}
_INCLUDED = {"register_blueprint": "url_prefix", "add_namespace": "path"}
_HOOKS = frozenset({"before_request", "before_app_request"})
_DEEPEST = 8

Key = tuple[str, str]


@dataclass(slots=True)
class Prefixes:
    """What is known of each: its own path, the one that it is included with, by whom."""

    own: dict[Key, str] = field(default_factory=dict)
    given: dict[Key, str] = field(default_factory=dict)
    parents: dict[Key, Key] = field(default_factory=dict)
    hooks: dict[Key, list[FunctionSymbol]] = field(default_factory=dict)
    everywhere: list[FunctionSymbol] = field(default_factory=list)

    def prefix(self, key: Key, depth: int = 0) -> str:
        """The path that everything of it is below."""
        mine = self.given.get(key) or self.own.get(key, "")
        parent = self.parents.get(key)
        if parent is None or depth > _DEEPEST:
            return mine
        above = self.prefix(parent, depth + 1)
        return joined(above, mine) if mine else above

    def before(self, key: Key) -> tuple[FunctionSymbol, ...]:
        """The hooks that run first, the outermost before the others."""
        found: list[FunctionSymbol] = []
        current: Key | None = key
        for _ in range(_DEEPEST):
            if current is None:
                break
            found[:0] = self.hooks.get(current, [])
            current = self.parents.get(current)
        return (*self.everywhere, *found)


def kind(project: Project, module: Module, node: ast.expr) -> str:
    """What an expression is: an application, a blueprint, an API; empty for anything else."""
    symbol = named(project, module, node)
    if isinstance(symbol, ExternalSymbol) and symbol.name in _KINDS:
        return _KINDS[symbol.name]
    if isinstance(node, ast.Name) and node.id in {"app", "application"}:
        return APP  # made by a factory, or handed to a function
    return ""


def key(project: Project, module: Module, node: ast.expr) -> Key:
    """The name that an expression is known by in all modules."""
    symbol = direct(project, module, node)
    if isinstance(symbol, VariableSymbol):
        return symbol.module.path, symbol.name
    return module.path, ast.unparse(node)


def prefixes(project: Project, modules: tuple[Module, ...]) -> Prefixes:
    """Read all modules for what is included where."""
    found = Prefixes()
    for module in modules:
        for name, value in _made(module):
            _own(project, module, (module.path, name), value, found)
        for node in statements(module):
            if isinstance(node.func, ast.Attribute):
                _included(project, module, node, node.func, found)
        for symbol in functions(module):
            for decorator in symbol.node.decorator_list:
                if isinstance(decorator, ast.Attribute) and decorator.attr in _HOOKS:
                    _hook(project, symbol.module, decorator, symbol, found)
    return found


def _made(module: Module) -> Iterator[tuple[str, ast.Call]]:
    for name, binding in module.names.items():
        value = getattr(binding, "value", None)
        if isinstance(value, ast.Call):
            yield name, value


def _own(project: Project, module: Module, name: Key, node: ast.Call, found: Prefixes) -> None:
    made = kind(project, module, node)
    if made not in _PREFIXES:
        return
    path = text(keyword(node, _PREFIXES[made]))
    if made == NAMESPACE and not path:
        path = f"/{text(node.args[0])}" if node.args else ""
    found.own[name] = path
    first = node.args[0] if node.args else keyword(node, "app")
    if made == API and isinstance(first, ast.Name) and first.id != module.name:
        found.parents[name] = key(project, module, first)


def _included(
    project: Project, module: Module, node: ast.Call, func: ast.Attribute, found: Prefixes
) -> None:
    if func.attr in _INCLUDED and node.args:
        child, parent = key(project, module, node.args[0]), key(project, module, func.value)
        path = text(keyword(node, _INCLUDED[func.attr]))
        if path:
            found.given[child] = path
        if child != parent:
            found.parents[child] = parent
    elif func.attr in _HOOKS and node.args:
        symbol = named(project, module, node.args[0])
        if isinstance(symbol, FunctionSymbol):
            _hook(project, module, func, symbol, found)


def _hook(
    project: Project, module: Module, node: ast.Attribute, symbol: FunctionSymbol, found: Prefixes
) -> None:
    if node.attr == "before_app_request" or kind(project, module, node.value) != BLUEPRINT:
        found.everywhere.append(symbol)
    else:
        found.hooks.setdefault(key(project, module, node.value), []).append(symbol)
