"""What decorators make of a function: wrappers of the project are called, the tables' applied."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tocsin.source.names import named
from tocsin.source.project import ClassSymbol, ExternalSymbol, FunctionSymbol
from tocsin.static.interpret.frame import Frame
from tocsin.static.value import Function, Value

if TYPE_CHECKING:
    from tocsin.static.interpret.machine import Machine

_HYBRID = "sqlalchemy.ext.hybrid.hybrid_property"
_PROPERTIES = frozenset({"property", "functools.cached_property", "cached_property", _HYBRID})
_CONTEXTS = frozenset({"contextlib.contextmanager", "contextlib.asynccontextmanager"})


def plain(symbol: FunctionSymbol) -> Value:
    """A function without its decorators."""
    return Value(f"{symbol.module.name}.{symbol.qualname}", data=Function(symbol))


def decorated(machine: Machine, symbol: FunctionSymbol) -> Value:
    """The function as callers see it; routes and unknown decorators leave it as it is."""
    from tocsin.static.interpret.calls import invoke
    from tocsin.static.interpret.expressions import evaluate

    value = plain(symbol)
    for node in reversed(symbol.node.decorator_list):
        found = named(machine.project, symbol.module, node)
        made = isinstance(found, ClassSymbol) and isinstance(node, ast.Call)
        if not made and (not isinstance(found, FunctionSymbol) or found.node is symbol.node):
            continue
        frame = Frame(machine, symbol.module, None, symbol.owner)
        decorator = evaluate(frame, node)
        if not _wraps(machine, decorator):
            continue
        result = invoke(frame, decorator, (value,), {}, node)
        if isinstance(result.data, Function):
            value = result
    return value


def _wraps(machine: Machine, decorator: Value) -> bool:
    """Whether it is a function, or an object that is called like one."""
    if isinstance(decorator.data, Function):
        return True
    owner = machine.classes.get(decorator.type)
    return owner is not None and machine.method(owner, "__call__") is not None


def external(machine: Machine, symbol: FunctionSymbol) -> tuple[str, ...]:
    """The dotted names of the external decorators, outermost first."""
    if not symbol.node.decorator_list:
        return ()
    trail = machine.project.trail
    return trail.once(machine.decorators, symbol.node, lambda: _external(machine, symbol))


def _external(machine: Machine, symbol: FunctionSymbol) -> tuple[str, ...]:
    found = (named(machine.project, symbol.module, each) for each in symbol.node.decorator_list)
    return tuple(each.name for each in found if isinstance(each, ExternalSymbol))


def is_property(machine: Machine, symbol: FunctionSymbol) -> bool:
    """Whether it is read as an attribute."""
    return bool(_PROPERTIES & set(external(machine, symbol)))


def is_hybrid(machine: Machine, symbol: FunctionSymbol) -> bool:
    """Whether the class has it, too: as an expression of columns."""
    return _HYBRID in external(machine, symbol)


def is_context(machine: Machine, symbol: FunctionSymbol) -> bool:
    """Whether it is a generator that stands in a ``with``."""
    return bool(_CONTEXTS & set(external(machine, symbol)))
