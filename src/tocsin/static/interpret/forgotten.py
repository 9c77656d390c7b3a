"""Statements that are never run: a query is a description until somebody asks for its rows."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from tocsin.static.effect import Item, Kind
from tocsin.static.interpret.frame import Frame
from tocsin.static.value import Query, Value


def built(frame: Frame, value: Value, node: ast.AST) -> None:
    """A locking query that nobody uses: where it stands, rows were to be locked."""
    query = value.data
    if isinstance(query, Query) and query.lock and query.model is not None:
        item = Item("database", query.model.table, query.where)
        frame.emit(Kind.BUILT, node, "lock", item, model=query.model)


def forgotten(frame: Frame, targets: Sequence[ast.expr], value: Value) -> bool:
    """Whether a locking query that is assigned to a name is never asked for again."""
    if not _locks(value):
        return False  # by far most values: a function is not searched for each of its names
    match targets:
        case [ast.Name(id=name)] if frame.function is not None:
            return not any(
                isinstance(each, ast.Name) and each.id == name and isinstance(each.ctx, ast.Load)
                for each in ast.walk(frame.function.node)
            )
        case _:
            return False


def _locks(value: Value) -> bool:
    return isinstance(value.data, Query) and bool(value.data.lock)
