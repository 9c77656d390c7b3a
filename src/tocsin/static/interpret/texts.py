"""Statements written as text: what a constant SQL says of one table becomes a query like others.

A statement of several tables, or one that is put together at run time, stays unknown.
"""

from __future__ import annotations

import re
from dataclasses import replace

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from tocsin.static.interpret.calls import Invocation
from tocsin.static.interpret.frame import Frame
from tocsin.static.models import Model
from tocsin.static.value import Column, Condition, Constant, Fields, Query, Value

STATEMENT = "sqlalchemy.Statement"
KIND = "sql"
_READABLE = re.compile(r"\s*(?:select|update|delete|with)\b", re.IGNORECASE)


def statement(frame: Frame, call: Invocation) -> Value:
    """``text("UPDATE …")``: a query, where its one table and its conditions can be read."""
    given = call.subject.data if call.subject is not None else None
    text = given.value if isinstance(given, Constant) else None
    query = _query(text) if isinstance(text, str) else None
    if query is None:
        return Value(call.text, call.subject.deps if call.subject else frozenset(), "sql")
    return Value(call.text, type=STATEMENT, data=query)


def filled(query: Query, parameters: Value | None) -> Query:
    """The query with the values that it is run with in the place of its placeholders."""
    parts = parameters.data if parameters is not None else None
    if not isinstance(parts, Fields) or query.model is None or query.model.kind != KIND:
        return query
    where = []
    for each in query.where:
        value = parts.get(each.term.removeprefix(":")) if each.term.startswith(":") else None
        where.append(replace(each, term=value.term, deps=value.deps) if value else each)
    values = tuple(
        (name, parts.get(each.term.removeprefix(":")) or each) for name, each in query.values
    )
    return replace(query, where=tuple(where), values=values)


def _query(text: str) -> Query | None:
    if not _READABLE.match(text):
        return None  # sqlglot warns of those that it does not know
    try:
        tree = sqlglot.parse_one(text, dialect="postgres")
    except (SqlglotError, RecursionError):
        return None
    tables = {table.name.lower() for table in tree.find_all(exp.Table)}
    if len(tables) != 1:
        return None
    model = Model(name=f"{KIND}.{next(iter(tables))}", table=next(iter(tables)), kind=KIND)
    where = tree.args.get("where")
    found = tuple(_conditions(where.this)) if isinstance(where, exp.Where) else ()
    match tree:
        case exp.Select():
            lock = "update" if tree.args.get("locks") else ""
            counted = tree.find(exp.Count) is not None
            names = tuple(each.name for each in tree.selects if isinstance(each, exp.Column))
            shape = "count" if counted else "rows"
            return Query(model, "select", found, names, shape, lock=lock)
        case exp.Update():
            return Query(model, "update", found, values=tuple(map(_set, tree.expressions)))
        case exp.Delete():
            return Query(model, "delete", found)
        case _:
            return None


def _conditions(node: exp.Expr) -> list[Condition]:
    if isinstance(node, exp.Paren):
        return _conditions(node.this)
    if isinstance(node, exp.And):
        return _conditions(node.left) + _conditions(node.right)
    if isinstance(node, exp.EQ) and isinstance(node.left, exp.Column):
        return [Condition(node.left.name, "=", _term(node.right))]
    return [Condition(each.name, "maybe", node.sql()) for each in node.find_all(exp.Column)]


def _set(node: exp.Expr) -> tuple[str, Value]:
    column, value = node.this, node.expression
    if value.find(exp.Column) is not None:
        return column.name, Value(value.sql(), data=Column(None, column.name, relative=True))
    data = Constant(value.name) if isinstance(value, exp.Literal) else None
    return column.name, Value(_term(value), data=data)


def _term(node: exp.Expr) -> str:
    """A value: the name of a placeholder, or its text."""
    return f":{node.name}" if isinstance(node, exp.Placeholder) else node.sql()
