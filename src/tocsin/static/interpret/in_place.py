"""Columns of a loaded row that are changed in place: ``row.settings["theme"] = …``.

What is saved later is the whole column, with all that others have put into it meanwhile gone.
Mappers that write changed rows by themselves do not hear of it, unless they are told, and are left
out; so are rows that may be new.
"""

from __future__ import annotations

import ast
from dataclasses import replace

from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.gathered import MOST, grown
from tocsin.static.interpret.targets import parts_of, set_column
from tocsin.static.interpret.watched import Watched
from tocsin.static.term import short
from tocsin.static.uses import MAPPERS
from tocsin.static.value import NO_DEPS, REST, Deps, Fields, Row, Value

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


def called(frame: Frame, node: ast.AST, args: tuple[Value, ...], given: Deps) -> None:
    """A method that changes what it is called on, by its name: ``row.tags.append(…)``.

    Of a list of this function, ``errors.append(…)``, it is kept what was added; of what was copied
    from a row, ``settings = dict(row.settings)``, that something was.
    """
    grown(frame, node, args)
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=container), attr=name)):
            if name in _CHANGING:
                _mixed(frame, container, given)
        case ast.Call(func=ast.Attribute(value=container, attr=name)) if name in _CHANGING:
            altered(frame, container, node, given)
        case _:
            pass


def _mixed(frame: Frame, name: str, given: Deps) -> None:
    """A container of this function that was made of a row's: it is that, and what was put in."""
    known = frame.env.get(name)
    if known is None or isinstance(known, Watched) or not known.deps or known.type:
        return
    parts = parts_of(known) if isinstance(known.data, Fields | None) else ()
    if parts and parts[0][0] == REST and len(parts) < MOST:
        put = (REST, Value("…", given))
        frame.env[name] = replace(known, data=Fields((*parts, put)))


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
