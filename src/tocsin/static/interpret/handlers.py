"""``try``: which exceptions are handled, and which reads a handler hears about."""

from __future__ import annotations

import ast

from tocsin.static.effect import Kind
from tocsin.static.interpret.frame import Frame
from tocsin.static.value import Dep, Value

MISSING = frozenset(
    [
        "DoesNotExist",
        "ObjectDoesNotExist",
        "NoResultFound",
        "Http404",
        "KeyError",
        "FileNotFoundError",
        "LookupError",
        "NotFound",
        "FileExistsError",
        "Exception",
    ]
)


def caught(frame: Frame, handler: ast.ExceptHandler) -> tuple[str, ...]:
    """The last names of the exceptions that a handler names; ``Exception`` for a bare one."""
    match handler.type:
        case None:
            return ("Exception",)
        case ast.Tuple(elts=elements):
            return tuple(last_name(each) for each in elements)
        case node:
            return (last_name(node),)


def missing(frame: Frame, node: ast.Try, first: int) -> Value:
    """What a handler learns: that something which the body has read is not there."""
    names = {name for handler in node.handlers for name in caught(frame, handler)}
    specific = names & (MISSING - {"Exception"})
    if not specific:
        return Value("(failed)")
    reads = frozenset(
        Dep(index)
        for index, effect in enumerate(frame.trace.effects)
        if index >= first and effect.kind is Kind.READ
    )
    return Value(f"found, or {'/'.join(sorted(specific))}", reads, sense=1)


def last_name(node: ast.expr) -> str:
    """``Conflict`` of ``errors.Conflict``."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
