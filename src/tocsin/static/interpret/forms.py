"""Forms that views make: of which class, with which arguments, about which row."""

from __future__ import annotations

import ast
from dataclasses import replace

from tocsin.source.names import inherited
from tocsin.source.project import FunctionSymbol
from tocsin.static.interpret.attributes import attribute
from tocsin.static.interpret.calls import Invocation, construct, invoke
from tocsin.static.interpret.frame import Frame
from tocsin.static.value import Class, Fields, Function, Row, Value
from tocsin.stores.calls.django_forms import ARGUMENTS

_OBJECT = "object"


def form(frame: Frame, call: Invocation) -> Value:
    """``self.get_form()``: an object of the view's ``form_class``, about the view's ``object``."""
    view = call.receiver
    if view is None:
        return Value(call.text)
    about = attribute(frame, view, _OBJECT, call.node)
    known = isinstance(about.data, Row)
    if not known and isinstance(view.data, Fields) and view.data.get(_OBJECT) is not None:
        return Value(call.text)  # about a row of which nothing is known
    given = {"instance": about} if known else {}
    if call.row.word == ARGUMENTS:
        return Value(call.text, data=Fields(tuple(given.items())))
    made = _class(frame, view, call.args, call.node)
    if made is None or not isinstance(made.data, Class):
        return Value(call.text)
    own = _own(frame, view, "get_form_kwargs")
    if own is not None:
        told = invoke(frame, own, (), {}, call.node)
        given |= dict(told.data.parts) if isinstance(told.data, Fields) else {}
    return _about(construct(frame, made.data, made.term, (), given, call.node), given)


def _class(frame: Frame, view: Value, args: tuple[Value, ...], node: ast.AST) -> Value | None:
    """The class that was given, or that the view names or answers with."""
    if args:
        return args[0]
    own = _own(frame, view, "get_form_class")
    if own is not None:
        return invoke(frame, own, (), {}, node)
    symbol = frame.machine.classes.get(view.type)
    named = inherited(frame.machine.project, symbol, "form_class") if symbol else None
    return frame.machine.symbol(named) if named is not None else None


def _own(frame: Frame, view: Value, name: str) -> Value | None:
    symbol = frame.machine.classes.get(view.type)
    found = inherited(frame.machine.project, symbol, name) if symbol else None
    if not isinstance(found, FunctionSymbol):
        return None
    return Value(found.qualname, data=Function(found, bound=view))


def _about(made: Value, given: dict[str, Value]) -> Value:
    """A form whose class makes it by a function of its own is about the same row."""
    row = given.get("instance")
    parts = made.data.parts if isinstance(made.data, Fields) else ()
    if row is None or any(name == "instance" for name, _ in parts):
        return made
    return replace(made, data=Fields((*parts, ("instance", row))))
