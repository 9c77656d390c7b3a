"""Keyword lookups, ``balance__gte=n``, as conditions."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.static.value import REST, Column, Condition, Query, Row, Value

_OPERATORS = {
    "exact": "=",
    "iexact": "=",
    "gt": ">",
    "gte": ">=",
    "lt": "<",
    "lte": "<=",
    "in": "in",
    "isnull": "is",
    **dict.fromkeys(
        [
            "contains",
            "icontains",
            "startswith",
            "istartswith",
            "endswith",
            "iendswith",
            "range",
            "regex",
            "iregex",
            "date",
            "year",
            "month",
            "day",
            "week",
            "hour",
            "minute",
            "second",
            "overlap",
            "contained_by",
            "has_key",
        ],
        "maybe",
    ),
}


def lookups(keywords: Mapping[str, Value]) -> tuple[Condition, ...]:
    """The conditions that keyword arguments of a filter mean."""
    found = []
    for name, value in keywords.items():
        if name == REST:
            continue
        column, _, last = name.rpartition("__")
        if column and last in _OPERATORS:
            op = _OPERATORS[last]
        else:
            column, op = name, "="
        found.append(Condition(column, op, identity(value), value.deps))
    return tuple(found)


def identity(value: Value) -> str:
    """The term of a key: an object and its key are the same."""
    if isinstance(value.data, Query | Row | Column):
        return value.term
    for suffix in (".id", ".pk"):
        if value.term.endswith(suffix):
            return value.term.removesuffix(suffix)
    return value.term
