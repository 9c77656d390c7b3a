"""Tortoise ORM: what Django's ORM does, asked of the class itself, and awaited.

Sources: tortoise.github.io, "Models", "Query API", "Transactions" and "Expressions".
"""

from __future__ import annotations

from tocsin.stores.calls.base import Act, Call, Library, rows

_QUERYSET, _CLASS, _ROW = "tortoise.QuerySet", "tortoise.Model", "tortoise.Row"

LIBRARY = Library(
    name="tortoise",
    calls=(
        *rows(Act.FETCH, _QUERYSET, "get_or_none", shape="row"),
        *rows(Act.SAME, _QUERYSET, "using_db resolve_expressions force_index", gives="="),
        Call(f"{_CLASS}.in_bulk", Act.FETCH, shape="rows"),
        # `get` and `first` give a query of one row, which may still be asked for more or for less.
        *rows(Act.SAME, _ROW, "prefetch_related select_related using_db only annotate resolve"),
        *rows(Act.COLUMNS, _ROW, "values values_list"),
        Call(f"{_ROW}.update_from_dict", Act.FILL, subject=0),
        *rows(Act.PURE, _ROW, "fetch_related clone"),
        *rows(Act.TRANSACTION, "tortoise.transactions", "in_transaction atomic"),
        *rows(Act.RELATIVE, "", "tortoise.expressions.F", subject=0),
        *rows(Act.WHERE, "", "tortoise.expressions.Q tortoise.queryset.Q", word="lookups"),
        *rows(Act.AGGREGATE, "", "tortoise.functions.* tortoise.expressions.Subquery"),
    ),
    types={
        "tortoise.queryset.QuerySet": _QUERYSET,
        "tortoise.manager.Manager": _QUERYSET,
    },
    parents={_QUERYSET: "django.QuerySet", _CLASS: _QUERYSET, _ROW: "django.Row"},
    mapped=("tortoise.models.Model", "tortoise.Model"),
)
