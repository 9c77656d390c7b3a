"""Rows asked for by a class that is no model, but has one: ``get_node(info, key, OrderType)``.

GraphQL types, serializers and forms name their model in ``Meta``; how a loader finds its way from
there to a table is often not written down.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping

from tocsin.source.names import inherited
from tocsin.source.project import ClassSymbol, VariableSymbol
from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.queries import fetched
from tocsin.static.models import Model
from tocsin.static.value import Class, Condition, Constant, Function, Query, Value

_LOADS = re.compile(
    r"^_?(?:get|fetch|load|find|resolve|retrieve)_(?:\w+_)?(?:node|object|instance)"
)


def loaded(
    frame: Frame,
    function: Function,
    args: tuple[Value, ...],
    keywords: Mapping[str, Value],
    value: Value,
    node: ast.AST,
) -> Value:
    """What a loader gives, if nothing is known of it but the class that it was asked for."""
    nothing = isinstance(value.data, Constant) and value.data.value is None
    some_row = value.type in frame.machine.knowledge.mapped
    if (value.type and not some_row) or (value.data is not None and not nothing):
        return value
    if not _LOADS.match(function.symbol.node.name) or not (args or keywords):
        return value
    bound = (function.bound,) if function.bound is not None else ()
    model = _model(frame, (*args, *keywords.values())) or _model(frame, bound)
    if model is None:
        return value
    keys = [each for each in (*args, *keywords.values()) if each.data is None]
    where = (Condition(model.primary[0], "=", keys[-1].term, keys[-1].deps),) if keys else ()
    query = Value(value.term, value.deps, data=Query(model, where=where))
    return fetched(frame, query, node, "row").depending(value.deps)


def _model(frame: Frame, values: Iterable[Value]) -> Model | None:
    """The model of the first class that has one."""
    for each in values:
        symbol = each.data.symbol if isinstance(each.data, Class) and not each.data.model else None
        symbol = symbol or frame.machine.classes.get(each.type)
        inner = inherited(frame.machine.project, symbol, "Meta") if symbol is not None else None
        if not isinstance(inner, ClassSymbol):
            continue
        named = inherited(frame.machine.project, inner, "model")
        value = (
            frame.machine.symbol(named) if isinstance(named, VariableSymbol | ClassSymbol) else None
        )
        if value is not None and isinstance(value.data, Class) and value.data.model is not None:
            return value.data.model
    return None
