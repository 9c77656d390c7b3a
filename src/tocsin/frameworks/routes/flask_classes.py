"""Flask's views that are classes: a method for each verb, and the decorators that a class names."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

from tocsin.frameworks.routes.base import METHODS, Entry, text
from tocsin.source.module import Assigned, Module, members
from tocsin.source.names import ancestors, inherited
from tocsin.source.project import ClassSymbol, ExternalSymbol, FunctionSymbol, Project

_BASES = frozenset({"MethodView", "Resource", "View"})
_PACKAGES = ("flask", "quart")
_DISPATCH = "dispatch_request"
_DECORATORS = ("decorators", "method_decorators")


def is_view(project: Project, owner: ClassSymbol) -> bool:
    """Whether a class descends from ``MethodView``, ``View`` or a ``Resource`` of an extension."""
    return any(
        isinstance(each, ExternalSymbol)
        and each.name.rpartition(".")[2] in _BASES
        and each.name.startswith(_PACKAGES)
        for each in ancestors(project, owner)
    )


def views(module: Module) -> Iterator[ClassSymbol]:
    """The classes of a module that have bases."""
    for node in module.tree.body:
        if isinstance(node, ast.ClassDef) and node.bases:
            yield ClassSymbol(module, node)


def class_entries(
    project: Project,
    owner: ClassSymbol,
    path: str,
    before: tuple[FunctionSymbol, ...] = (),
    verbs: tuple[str, ...] = (),
) -> Iterator[Entry]:
    """The entries of a class at a path; ``verbs`` are those that the route is limited to."""
    around = _decorators(owner)
    for name in METHODS:
        found = inherited(project, owner, name)
        if isinstance(found, FunctionSymbol) and (not verbs or name in verbs):
            yield Entry(
                f"{name.upper()} {path}", "flask", _within(found, around), before, receiver=owner
            )
    found = inherited(project, owner, _DISPATCH)
    if isinstance(found, FunctionSymbol):
        listed = verbs or tuple(map(str.lower, _texts(owner, "methods"))) or ("get",)
        for each in listed:
            yield Entry(
                f"{each.upper()} {path}", "flask", _within(found, around), before, receiver=owner
            )


def _elements(owner: ClassSymbol, name: str) -> list[ast.expr]:
    binding = members(owner.node).get(name)
    return getattr(binding.value, "elts", []) if isinstance(binding, Assigned) else []


def _texts(owner: ClassSymbol, name: str) -> list[str]:
    return [text(each) for each in _elements(owner, name)]


def _decorators(owner: ClassSymbol) -> tuple[ClassSymbol, list[ast.expr]]:
    """The first that a class lists is the innermost, as Flask applies them in order."""
    listed = [each for name in _DECORATORS for each in reversed(_elements(owner, name))]
    return owner, listed


def _within(symbol: FunctionSymbol, around: tuple[ClassSymbol, list[ast.expr]]) -> FunctionSymbol:
    """A method as if the decorators of its class were written above it."""
    owner, listed = around
    if not listed or symbol.module is not owner.module:
        return symbol
    node = copy.copy(symbol.node)
    node.decorator_list = [*listed, *symbol.node.decorator_list]
    return FunctionSymbol(symbol.module, node, symbol.owner)
