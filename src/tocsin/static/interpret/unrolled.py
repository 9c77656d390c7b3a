"""Loops over parts that are known by name: ``for name, value in data.items(): setattr(…)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.targets import assign
from tocsin.static.term import short
from tocsin.static.value import REST, Constant, Fields, Value

_MOST = 24


def unrolled(frame: Frame, node: ast.For | ast.AsyncFor) -> bool:
    """Run the rounds of a loop in which attributes are asked for, or set, by the parts' names."""
    from tocsin.static.interpret.statements import run

    parts = list(_parts(frame, node))
    for each in parts:
        assign(frame, node.target, each, node)
        env, guards = dict(frame.env), frame.guards
        run(frame, node.body)
        if not frame.live:
            frame.env, frame.guards, frame.live = env, guards, True
    return bool(parts)


def _parts(frame: Frame, node: ast.For | ast.AsyncFor) -> Iterator[Value]:
    from tocsin.static.interpret.expressions import evaluate

    call = node.iter
    if not isinstance(call, ast.Call) or call.args or not isinstance(call.func, ast.Attribute):
        return
    if call.func.attr != "items" or not _by_name(node):
        return
    found = evaluate(frame, call.func.value).data
    for name, value in found.parts[:_MOST] if isinstance(found, Fields) else ():
        if name != REST and name.isidentifier():  # a computed key names nothing
            key = Value(short(repr(name)), data=Constant(name))
            yield Value(f"[{key.term}, {value.term}]", data=Fields((("0", key), ("1", value))))


def _by_name(node: ast.For | ast.AsyncFor) -> bool:
    """Whether the body names attributes by the first of the pair."""
    match node.target:
        case ast.Tuple(elts=[ast.Name(id=name), _]):
            return any(_named(name, each) for each in ast.walk(node))
        case _:
            return False


def _named(name: str, node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="setattr" | "getattr"), args=[_, ast.Name(id=given), *_]):
            return given == name
        case _:
            return False
