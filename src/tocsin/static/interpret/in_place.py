"""Columns of a loaded row that are changed in place: ``row.settings["theme"] = …``.

What is saved later is the whole column, with all that others have put into it meanwhile gone.
Mappers that write changed rows by themselves do not hear of it, and are left out; so are rows
that may be new.
"""

from __future__ import annotations

import ast

from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.targets import set_column
from tocsin.static.term import short
from tocsin.static.uses import MAPPERS
from tocsin.static.value import NO_DEPS, Deps, Row, Value

_CHANGING = frozenset(
    [
        "add",
        "append",
        "clear",
        "discard",
        "extend",
        "insert",
        "pop",
        "popitem",
        "remove",
        "setdefault",
        "update",
    ]
)


def called(frame: Frame, node: ast.AST, given: Deps) -> None:
    """A method of a column's value that changes it, by its name: ``row.tags.append(…)``."""
    match node:
        case ast.Call(func=ast.Attribute(value=container, attr=name)) if name in _CHANGING:
            altered(frame, container, node, given)
        case _:
            pass


def altered(frame: Frame, container: ast.expr, node: ast.AST, given: Deps = NO_DEPS) -> None:
    """A part of what an expression names was set or taken away; ``given`` went into it."""
    while isinstance(container, ast.Subscript):
        container = container.value
    if not isinstance(container, ast.Attribute) or not isinstance(container.value, ast.Name):
        return
    row, name = frame.env.get(container.value.id), container.attr
    if row is None or not isinstance(row.data, Row) or row.data.new or row.data.maybe:
        return
    model = row.data.model
    if model.kind in MAPPERS or name not in model.columns or model.relation(name) is not None:
        return
    from tocsin.static.interpret.expressions import evaluate

    before = evaluate(frame, container)
    after = Value(short(f"({before.term} | …)"), before.deps | given)
    set_column(frame, row, name, after, node)
