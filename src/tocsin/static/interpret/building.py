"""Objects made of others, and rows that are given several columns at once."""

from __future__ import annotations

import ast
from dataclasses import replace

from tocsin.static.interpret.calls import Invocation, construct
from tocsin.static.interpret.copies import field, field_names
from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.targets import set_column
from tocsin.static.interpret.written import named
from tocsin.static.value import REST, Class, Fields, Row, Value

Parts = tuple[tuple[str, Value], ...]


def build(frame: Frame, call: Invocation) -> Value:
    """``Order.model_validate(given, update={"owner_id": me.id})``."""
    owner = call.receiver
    if owner is None or not isinstance(owner.data, Class):
        return Value(call.text)
    update = call.keywords.get("update")
    more = _parts(frame, update) if update is not None else ()
    parts = dict((*(_parts(frame, call.subject) if call.subject else ()), *more))
    return construct(frame, owner.data, owner.term, (), parts, call.node)


def fill(frame: Frame, call: Invocation) -> Value:
    """``order.sqlmodel_update(changes)``: each of them as if it were assigned."""
    row, subject = call.receiver, call.subject
    if row is None or not isinstance(row.data, Row) or subject is None:
        return row or Value(call.text)
    update = call.keywords.get("update")
    more = _parts(frame, update) if update is not None else ()
    parts = (*_parts(frame, subject), *more)
    if row.data.new:
        made = replace(row, data=replace(row.data, values=(*row.data.values, *parts)))
        node = call.node
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            if isinstance(owner, ast.Name):
                frame.env[owner.id] = made
        return made
    for name, value in named(parts):
        set_column(frame, row, name, value, call.node)
    return row


def _parts(frame: Frame, value: Value) -> Parts:
    """The parts of a mapping, or of an object of a class whose fields are known."""
    if isinstance(value.data, Fields):
        return value.data.parts
    symbol = frame.machine.classes.get(value.type)
    names = field_names(frame, symbol) if symbol is not None else []
    if not names:
        return ((REST, value),)
    return tuple((name, field(value, name)) for name in names)
