"""Attributes asked for by name: ``hasattr(order, "invoice")``, ``getattr(order, "status")``."""

from __future__ import annotations

import ast

from tocsin.static.interpret.attributes import attribute
from tocsin.static.interpret.calls import Invocation
from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.targets import assign, set_column
from tocsin.static.term import short
from tocsin.static.value import Constant, Row, Value


def by_name(frame: Frame, call: Invocation) -> Value:
    """The attribute, if its name is written there.

    Whether a row has one says, of a one-to-one relation, whether there is a row at its other end.
    """
    owner, name = call.args[0] if call.args else None, call.args[1] if len(call.args) > 1 else None
    deps = frozenset(dep for each in call.args for dep in each.deps)
    if owner is None or name is None or not isinstance(name.data, Constant):
        return Value(call.text, deps)
    if call.row.word == "set":
        return _set(frame, call, str(name.data.value))
    if call.row.word == "changed":
        return _changed(frame, call, owner, str(name.data.value))
    asked = call.row.word == "has"
    if asked and not (isinstance(owner.data, Row) and _single(frame, owner.data, name.data)):
        return Value(call.text, deps)
    value = attribute(frame, owner, str(name.data.value), call.node)
    if asked:
        return Value(call.text, value.deps - owner.deps, sense=1)
    return value if len(call.args) < 3 else value.depending(call.args[2].deps)


def _set(frame: Frame, call: Invocation, name: str) -> Value:
    """``setattr(order, "status", value)`` is ``order.status = value``."""
    if isinstance(call.node, ast.Call) and len(call.args) > 2 and name.isidentifier():
        target = ast.copy_location(ast.Attribute(call.node.args[0], name, ast.Store()), call.node)
        assign(frame, target, call.args[2], call.node)
    return Value("None", data=Constant(None))


def _changed(frame: Frame, call: Invocation, row: Value, name: str) -> Value:
    """``flag_modified(order, "notes")``: a part of the column was set in place, and is stored."""
    data = row.data
    known = isinstance(data, Row) and not data.new and not data.maybe
    if known and f"{row.term}.{name}" not in frame.env:
        before = attribute(frame, row, name, call.node)
        set_column(frame, row, name, Value(short(f"({before.term} | …)"), before.deps), call.node)
    return Value("None", data=Constant(None))


def _single(frame: Frame, row: Row, name: Constant) -> bool:
    relation = frame.machine.models.relation(row.model, str(name.value))
    return relation is not None and relation.single and not relation.own
