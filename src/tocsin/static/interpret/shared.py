"""Objects that every request sees: module-level containers, and what is found in them."""

from __future__ import annotations

import ast

from tocsin.source.project import VariableSymbol
from tocsin.static.effect import Item, Kind
from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.written import written as setting
from tocsin.static.term import short
from tocsin.static.value import Class, Condition, Dep, External, Function, Shared, Value


def item(shared: Shared, key: str | None = None) -> Item:
    """What is touched: the variable, and the keys below it."""
    path = (*shared.path, key) if key is not None else shared.path
    where = tuple(Condition(f"[{depth}]", "=", each) for depth, each in enumerate(path))
    return Item("memory", shared.name, where, short(f"{shared.name}{list(path)}"))


def look(
    frame: Frame, value: Value, node: ast.AST, verb: str = "look", key: str | None = None
) -> Value:
    """Read a shared object, or what lies under a key of it."""
    shared = value.data
    if not isinstance(shared, Shared):
        return value
    target = item(shared, key)
    index = frame.emit(Kind.READ, node, verb, target, deps=value.deps)
    path = (*shared.path, key) if key is not None else shared.path
    if len(path) > 6:
        return Value(target.row, frozenset({Dep(index)}))
    return Value(target.row, frozenset({Dep(index)}), "shared", Shared(shared.name, path))


GLOBAL = "global"
"""The type, and the verb, of a module's variable that a function makes its own to set."""


def declared(frame: Frame, node: ast.Global) -> None:
    """``global name``: from here on reading and setting it is seen by every request."""
    for name in node.names:
        symbol = frame.machine.project.resolve(frame.module, name)
        if not isinstance(symbol, VariableSymbol):
            continue
        known = frame.machine.variable(symbol)
        if not isinstance(known.data, Shared | Class | Function | External):
            frame.env[name] = Value(symbol.qualname, type=GLOBAL, data=Shared(symbol.qualname))


def global_value(frame: Frame, value: Value, node: ast.AST) -> Value:
    """What such a variable holds now."""
    target = item(Shared(value.term))
    index = frame.emit(Kind.READ, node, GLOBAL, target)
    return Value(value.term, frozenset({Dep(index)}), sense=1)


def put(
    frame: Frame,
    container: Value,
    key: str | None,
    value: Value | None,
    node: ast.AST,
    verb: str = "put",
) -> Value:
    """Change a shared object."""
    if not isinstance(container.data, Shared):
        return container
    target = item(container.data, key)
    written = (setting(key or "", value),) if value is not None else ()
    index = frame.emit(Kind.WRITE, node, verb, target, written=written, deps=container.deps)
    return Value(target.row, frozenset({Dep(index)}))
