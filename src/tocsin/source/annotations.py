"""What an annotation means: aliases followed, ``Annotated``, ``Optional``, ``list`` unwrapped."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tocsin.source.module import Module
from tocsin.source.names import named
from tocsin.source.project import ModuleSymbol, Project, Symbol, VariableSymbol

_WRAPPERS = frozenset(
    {"Annotated", "Optional", "Final", "ClassVar", "Mapped", "Union", "Awaitable"}
)
_COLLECTIONS = frozenset(
    [
        "list",
        "List",
        "Sequence",
        "Iterable",
        "Iterator",
        "tuple",
        "Tuple",
        "set",
        "Set",
        "AsyncIterator",
        "AsyncGenerator",
        "Generator",
        "Collection",
        "QuerySet",
        "AsyncIterable",
    ]
)
_DEPTH = 12


def unwrapped(
    project: Project, module: Module, node: ast.expr, depth: int = 0
) -> tuple[Module, ast.expr] | None:
    """The class that is meant, as an expression and the module to read it in.

    A collection means its elements.
    """
    if depth > _DEPTH:
        return None
    match node:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            none = isinstance(left, ast.Constant) and left.value is None
            return unwrapped(project, module, right if none else left, depth + 1)
        case ast.Subscript(slice=inner) if _last(node.value) in _WRAPPERS | _COLLECTIONS:
            first = inner.elts[0] if isinstance(inner, ast.Tuple) and inner.elts else inner
            return unwrapped(project, module, first, depth + 1)
        case ast.Constant(value=str(text)):
            parsed = quoted(text)
            return unwrapped(project, module, parsed, depth + 1) if parsed else None
        case ast.Name() | ast.Attribute() | ast.Subscript():
            alias = aliased(project, module, node)
            if alias is None:
                return module, node
            return unwrapped(project, *alias, depth + 1)
        case _:
            return None


def metadata(
    project: Project, module: Module, node: ast.expr, depth: int = 0
) -> Iterator[tuple[Module, ast.expr]]:
    """What ``Annotated`` carries besides the type, outermost first, with its module."""
    if depth > _DEPTH:
        return
    match node:
        case ast.Subscript(slice=ast.Tuple(elts=[first, *rest])) if (
            _last(node.value) == "Annotated"
        ):
            for each in rest:
                yield module, each
            yield from metadata(project, module, first, depth + 1)
        case ast.Constant(value=str(text)):
            parsed = quoted(text)
            if parsed is not None:
                yield from metadata(project, module, parsed, depth + 1)
        case ast.Name() | ast.Attribute():
            alias = aliased(project, module, node)
            if alias is not None:
                yield from metadata(project, *alias, depth + 1)
        case _:
            return


def aliased(project: Project, module: Module, node: ast.expr) -> tuple[Module, ast.expr] | None:
    """What was assigned to the name that stands here; ``None`` for anything but a variable."""
    symbol = direct(project, module, node)
    if isinstance(symbol, VariableSymbol) and symbol.assigned.value is not None:
        return symbol.module, symbol.assigned.value
    return None


def quoted(text: str) -> ast.expr | None:
    """An annotation in quotes."""
    try:
        node = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return None
    return None if isinstance(node, ast.Constant) else node


def direct(project: Project, module: Module, node: ast.expr) -> Symbol | None:
    """What a name stands for, variables not followed."""
    match node:
        case ast.Name(id=name):
            return project.resolve(module, name)
        case ast.Attribute(value=value, attr=name):
            owner = named(project, module, value)
            return project.attribute(owner, name) if isinstance(owner, ModuleSymbol) else None
        case _:
            return None


def _last(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
