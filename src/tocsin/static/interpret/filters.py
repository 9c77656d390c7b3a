"""Filters of documents, ``{"status": "open", "left": {"$gte": 1}}``, as conditions."""

from __future__ import annotations

from tocsin.static.interpret.lookups import identity
from tocsin.static.value import REST, Condition, Fields, Value

_OPERATORS = {"$eq": "=", "$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<=", "$in": "in"}


def conditions(value: Value | None) -> tuple[Condition, ...]:
    """What a filter demands; of alternatives it is only known that they are there."""
    parts = value.data.parts if value is not None and isinstance(value.data, Fields) else ()
    found: list[Condition] = []
    for name, each in parts:
        if name == "$and" and isinstance(each.data, Fields):
            found += [one for _, inner in each.data.parts for one in conditions(inner)]
        elif name.startswith("$") or name == REST:
            found.append(Condition("", "maybe", each.term, each.deps))
        else:
            found += _demanded(name, each)
    return tuple(found)


def _demanded(name: str, value: Value) -> list[Condition]:
    parts = value.data.parts if isinstance(value.data, Fields) else ()
    if not parts or not parts[0][0].startswith("$"):
        return [Condition(name, "=", identity(value), value.deps)]
    return [
        Condition(name, _OPERATORS.get(op, "maybe"), identity(each), each.deps)
        for op, each in parts
    ]
