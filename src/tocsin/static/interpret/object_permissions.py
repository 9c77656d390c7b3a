"""Rights on one object: what a view's permission classes say of the row that it has found.

Source: www.django-rest-framework.org/api-guide/permissions, "Object level permissions".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from tocsin.source.names import inherited, named
from tocsin.source.project import ClassSymbol, FunctionSymbol, VariableSymbol
from tocsin.static.interpret.calls import Invocation, invoke
from tocsin.static.interpret.frame import Frame
from tocsin.static.value import Constant, Function, Value

_REQUEST = Value("request", type="django.Request")


def check(frame: Frame, call: Invocation) -> Value:
    """``self.check_object_permissions(request, row)``."""
    view, row = call.receiver, call.subject
    if view is not None and row is not None:
        allowed(frame, view, row, call.node)
    return Value("None", data=Constant(None))


def allowed(frame: Frame, view: Value, row: Value, node: ast.AST) -> None:
    """From here on every ``has_object_permission`` of the view has said yes to the row."""
    symbol = frame.machine.classes.get(view.type)
    for owner in _classes(frame, symbol) if symbol is not None else ():
        found = inherited(frame.machine.project, owner, "has_object_permission")
        if not isinstance(found, FunctionSymbol) or not frame.live:
            continue
        itself = Value("permission", type=owner.qualname)
        frame.machine.classes.add(owner)
        asked = Value(found.qualname, data=Function(found, bound=itself))
        answer = invoke(frame, asked, (_REQUEST, view, row), {}, node)
        if frame.live:
            frame.guard(frame.trace.number(), answer, node, holds=True, refusal="403")
            *others, last = frame.guards  # the framework asks, for every handler of the view
            frame.guards = (*others, replace(last, at=replace(last.at, function="")))


def _classes(frame: Frame, view: ClassSymbol) -> Iterator[ClassSymbol]:
    """The project's permission classes, all of which have to agree."""
    project = frame.machine.project
    found = inherited(project, view, "permission_classes")
    if not isinstance(found, VariableSymbol):
        return
    for each in getattr(found.assigned.value, "elts", []):
        symbol = named(project, found.module, each)
        if isinstance(symbol, ClassSymbol):
            yield symbol
