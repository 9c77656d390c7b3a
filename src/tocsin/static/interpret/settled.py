"""Tests whose answer the call has settled: an option that was given, or left at its default."""

from __future__ import annotations

import ast

from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.later import filled
from tocsin.static.value import Constant, Fields, Row


def settled(frame: Frame, node: ast.expr) -> bool | None:
    """Which way a test goes each time that the function is called like this; else ``None``."""
    match node:
        case ast.Name(id=name):
            known = _given(frame, name)
            if known is None:
                return True if filled(frame, name) is not None else None
            return bool(known.value)
        case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in frame.closure:
            part = _of_object(frame, owner, name)
            return None if part is None else bool(part.value)
        case ast.Attribute(
            value=ast.Attribute(value=ast.Name(id=name), attr="_state"), attr="adding"
        ):
            return _adding(frame, name)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = settled(frame, operand)
            return None if inner is None else not inner
        case ast.Compare(
            left=ast.Name(id=name), ops=[op], comparators=[ast.Constant(value=wanted)]
        ):
            known = _given(frame, name)
            if known is None and wanted is None and filled(frame, name) is not None:
                return isinstance(op, ast.IsNot | ast.NotEq)
            return None if known is None else _compared(known.value, op, wanted)
        case ast.BoolOp(op=op, values=values):
            return _joined([settled(frame, each) for each in values], isinstance(op, ast.Or))
        case _:
            return None


def _of_object(frame: Frame, owner: str, name: str) -> Constant | None:
    """What the constructor of an object that decorates, or is closed over, has put there."""
    data = frame.closure[owner].data
    part = data.get(name) if isinstance(data, Fields) else None
    known = part.data if part is not None and not part.deps else None
    return known if isinstance(known, Constant) else None


def _adding(frame: Frame, name: str) -> bool | None:
    """Whether a row is new: Django's own question."""
    value = frame.env.get(name)
    row = value.data if value is not None else None
    return row.new if isinstance(row, Row) and not row.maybe else None


def _joined(parts: list[bool | None], decisive: bool) -> bool | None:  # noqa: FBT001 - which word it is
    """``or`` is settled by one truth, ``and`` by one falsehood; either by all of them."""
    if decisive in parts:
        return decisive
    return None if None in parts else not decisive


def _compared(value: object, op: ast.cmpop, wanted: object) -> bool | None:
    match op:
        case ast.Is() | ast.Eq():
            return value == wanted
        case ast.IsNot() | ast.NotEq():
            return value != wanted
        case _:
            return None


def _given(frame: Frame, name: str) -> Constant | None:
    """The constant that a parameter stands for, where nothing else is ever assigned to it.

    So does one of the function around, as those of whoever makes a decorator.
    """
    if frame.function is None or (name not in frame.env and name not in frame.closure):
        return None
    node = frame.function.node
    arguments = node.args
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    if name in [each.arg for each in every]:
        value = frame.env.get(name)
    elif name in frame.machine.varying.get(node, (name,)):
        return None
    else:
        value = frame.closure.get(name)
    # A parameter is asked last: what it answers tells this call from others.
    if value is None or value.deps or name in frame.machine.stored(node):
        return None
    return value.data if isinstance(value.data, Constant) else None


def irrefutable(pattern: ast.pattern) -> bool:
    """``_``, a name, ``Status.PENDING | _``: there is no other way."""
    match pattern:
        case ast.MatchAs(pattern=None):
            return True
        case ast.MatchAs(pattern=ast.pattern() as inner):
            return irrefutable(inner)
        case ast.MatchOr(patterns=patterns):
            return any(map(irrefutable, patterns))
        case _:
            return False
