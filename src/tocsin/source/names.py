"""What an expression names, without running anything: ``models.Order``, ``db.Model``, a base."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from tocsin.source.module import Module
from tocsin.source.project import (
    ClassSymbol,
    ExternalSymbol,
    FunctionSymbol,
    Project,
    Symbol,
    VariableSymbol,
)

_DEPTH = 12


def named(project: Project, within: Module, node: ast.expr, depth: int = 0) -> Symbol | None:
    """The symbol that an expression names; a call names what is called.

    Variables are followed to what was assigned to them, so that ``db = SQLAlchemy()`` makes
    ``db.Model`` the external ``flask_sqlalchemy.SQLAlchemy.Model``.
    """
    if depth > _DEPTH:
        return None
    match node:
        case ast.Name(id=name):
            symbol = project.resolve(within, name)
            if symbol is None:
                return ExternalSymbol(name)
            return _followed(project, symbol, depth)
        case ast.Attribute(value=value, attr=name):
            owner = named(project, within, value, depth + 1)
            if owner is None:
                return None
            if isinstance(owner, ClassSymbol):
                found = _of_class(project, owner, name, depth)
            else:
                found = project.attribute(owner, name)
            return _followed(project, found, depth) if found is not None else None
        case ast.Subscript(value=value):
            return named(project, within, value, depth + 1)
        case ast.Call(func=func):
            return named(project, within, func, depth + 1)
        case ast.Constant(value=str(text)):
            return _quoted(project, within, text, depth)
        case _:
            return None


def _of_class(project: Project, owner: ClassSymbol, name: str, depth: int) -> Symbol | None:
    """What a class or its bases bind to a name, as a database of one's own inherits ``Model``.

    A type alone binds nothing. Bases are asked in turn, for the order of Python is made of names.
    """
    found = project.member(owner, name)
    bound = not isinstance(found, VariableSymbol) or found.assigned.value is not None
    if depth > _DEPTH or (found is not None and bound):
        return found
    for base in owner.node.bases:
        above = named(project, owner.module, base, depth + 1)
        inner: Symbol | None = None
        if isinstance(above, ClassSymbol):
            inner = _of_class(project, above, name, depth + 1)
        elif isinstance(above, ExternalSymbol):
            inner = ExternalSymbol(f"{above.name}.{name}")
        if inner is not None:
            return inner
    return found


def _quoted(project: Project, within: Module, text: str, depth: int) -> Symbol | None:
    try:
        node = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return None
    return None if isinstance(node, ast.Constant) else named(project, within, node, depth + 1)


def _followed(project: Project, symbol: Symbol, depth: int) -> Symbol | None:
    if isinstance(symbol, VariableSymbol) and symbol.assigned.value is not None:
        value = symbol.assigned.value
        if isinstance(value, ast.Name | ast.Attribute | ast.Call | ast.Subscript):
            return named(project, symbol.module, value, depth + 1) or symbol
    return symbol


def ancestors(project: Project, symbol: ClassSymbol) -> Iterator[ClassSymbol | ExternalSymbol]:
    """The class itself and all that it inherits from, in the order in which Python looks."""
    known = project.trail.once(project.lines, symbol.node, lambda: _ancestors(project, symbol))
    return iter(known)


_Line = tuple[ClassSymbol | ExternalSymbol, ...]


def _ancestors(project: Project, symbol: ClassSymbol) -> _Line:
    """The order in which Python looks: C3, as far as the bases are known.

    Source: docs.python.org/3/howto/mro.html.
    """
    known: dict[int | str, _Line] = {}

    def line(current: ClassSymbol | ExternalSymbol) -> _Line:
        if not isinstance(current, ClassSymbol):
            return (current,)
        key = _key(current)
        if key not in known:
            known[key] = ()  # a class that is its own base
            found = (named(project, current.module, each) for each in current.node.bases)
            bases = tuple(e for e in found if isinstance(e, ClassSymbol | ExternalSymbol))
            known[key] = (current, *_merged([*map(line, bases), bases], key))
        return known[key]

    return line(symbol)


def _merged(lines: Sequence[_Line], own: int | str) -> Iterator[ClassSymbol | ExternalSymbol]:
    """Heads that no other line has further back; where Python would refuse, the first."""
    left = [[each for each in line if _key(each) != own] for line in lines]
    while left := [line for line in left if line]:
        behind = {_key(each) for line in left for each in line[1:]}
        free = (line[0] for line in left if _key(line[0]) not in behind)
        head = next(free, left[0][0])
        yield head
        left = [[each for each in line if _key(each) != _key(head)] for line in left]


def _key(symbol: ClassSymbol | ExternalSymbol) -> int | str:
    return symbol.name if isinstance(symbol, ExternalSymbol) else id(symbol.node)


def inherited(project: Project, symbol: ClassSymbol, name: str) -> Symbol | None:
    """What ``Class.name`` is, through its base classes; ``ExternalSymbol`` bases are not asked."""
    for each in ancestors(project, symbol):
        if isinstance(each, ClassSymbol):
            found = project.member(each, name)
            if found is not None:
                return found
    return None


def descends(project: Project, symbol: ClassSymbol, names: frozenset[str]) -> str | None:
    """The first external base class among ``names``."""
    for each in ancestors(project, symbol):
        if isinstance(each, ExternalSymbol) and each.name in names:
            return each.name
    return None


def decorators(project: Project, symbol: FunctionSymbol) -> Iterator[tuple[ast.expr, str]]:
    """The decorators of a function with the dotted names of those that are external."""
    for node in symbol.node.decorator_list:
        found = named(project, symbol.module, node)
        yield node, found.name if isinstance(found, ExternalSymbol) else ""
