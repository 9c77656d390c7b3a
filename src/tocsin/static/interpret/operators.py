"""Conditions that SQLAlchemy writes as methods of columns: ``status.in_(…)``, ``used.is_(False)``.

Source: docs.sqlalchemy.org/en/21/core/operators.html.
"""

from __future__ import annotations

from dataclasses import replace

from tocsin.static.term import short
from tocsin.static.value import Column, Condition, External, Filter, Query, Value

_OPERATORS = {
    "is_": "=",
    "in_": "in",
    "is_not": "is not",
    "isnot": "is not",
    "not_in": "not in",
    "notin_": "not in",
    **dict.fromkeys(["like", "ilike", "between", "startswith", "endswith", "contains"], "maybe"),
}


def condition(target: External, args: tuple[Value, ...], term: str) -> Value | None:
    """The condition that a call is; ``None`` for other calls, and for those with a subquery."""
    column = target.receiver.data if target.receiver is not None else None
    op = _OPERATORS.get(target.name.removeprefix("?."))
    if op is None or not args:
        return None
    if isinstance(column, Filter):  # a hybrid property: its columns are known
        return Value(short(term), data=Filter(tuple(replace(e, op="maybe") for e in column.where)))
    if not isinstance(column, Column) or not column.name:
        return None
    if column.relative or isinstance(args[0].data, Query):
        return None
    from tocsin.static.interpret.expressions import identity

    found = Condition(column.name, op, identity(args[0]), args[0].deps)
    return Value(short(term), data=Filter((found,), Query(column.model)))
