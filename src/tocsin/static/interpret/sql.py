"""SQL as text: what a statement says of its table becomes a query like those that mappers build."""

from __future__ import annotations

import re

from sqlglot import exp

from tocsin.static.effect import ADVISORY
from tocsin.static.models import Model
from tocsin.static.value import Column, Condition, Constant, Query, Value
from tocsin.stores.sql_parse import parsed, written

KIND = "sql"
"""The kind of models of which only a statement is known."""

_WORDS = re.compile(
    r"\s*(?:select\b.+\bfrom\b"
    r"|insert\s+(?:or\s+\w+\s+|ignore\s+)?into\b"
    r"|update\s+\S+(?:\s+\w+){0,2}?\s+set\b"
    r"|delete\s+from\b"
    r"|replace\s+into\b"
    r"|with\s+(?:recursive\s+)?\w+\s+as\b"
    r"|lock\s+table\b"
    r"|begin\s+(?:immediate|exclusive)\b"
    r"|select\s+pg_advisory)",
    re.IGNORECASE | re.DOTALL,
)
_COMMENT = re.compile(r"^\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)+", re.DOTALL)
_LOCK = re.compile(r"\s*lock\s+table\s+(?:only\s+)?([\w.\"]+)", re.IGNORECASE)
_BEGIN = re.compile(r"\s*begin\s+(?:immediate|exclusive)\b", re.IGNORECASE)
_ADVISORY = re.compile(r"\bpg_advisory_xact_lock\s*\(", re.IGNORECASE)
_REPLACE = re.compile(r"\s*(?:replace|insert\s+ignore)\s+into\b", re.IGNORECASE)
_DIALECTS = ("postgres", "sqlite", "mysql")


def statement(text: str) -> Query | None:
    """The query that a text is; ``None`` for another text, and for what cannot be read."""
    text = _COMMENT.sub("", text, count=1)
    if not _WORDS.match(text):
        return None
    if _BEGIN.match(text) or _ADVISORY.search(text):
        return Query(_model(ADVISORY), lock="update", options=frozenset({"lock"}))
    locked = _LOCK.match(text)
    if locked is not None:
        name = locked[1].rpartition(".")[2].strip('"').lower()
        return Query(_model(name), lock="update", options=frozenset({"lock"}))
    upsert = _REPLACE.match(text) is not None
    tree = _parsed(_REPLACE.sub("INSERT INTO", text, count=1) if upsert else text)
    query = _query(tree) if tree is not None else None
    if query is None or not upsert:
        return query
    return Query(query.model, "insert", values=query.values, options=frozenset({"upsert"}))


def _parsed(text: str) -> exp.Expr | None:
    trees = (parsed(text, dialect) for dialect in _DIALECTS)
    return next((tree for tree in trees if tree is not None), None)


def _model(table: str) -> Model:
    return Model(name=f"{KIND}.{table}", table=table, kind=KIND)


def _query(tree: exp.Expr) -> Query | None:
    where = tree.args.get("where")
    match tree:
        case exp.Select():
            return _select(tree)
        case exp.Insert():
            return _insert(tree)
        case exp.Update() | exp.Delete() if isinstance(tree.this, exp.Table):
            table = tree.this
            found = _where(where, table) if isinstance(where, exp.Where) else ()
            if isinstance(tree, exp.Delete):
                return Query(_model(table.name.lower()), "delete", found)
            values = tuple(_set(each) for each in tree.expressions if isinstance(each, exp.EQ))
            return Query(_model(table.name.lower()), "update", found, values=values)
        case _:
            return None


def _select(tree: exp.Select) -> Query | None:
    """A selection from one table; what is joined to it narrows it."""
    asked = tree.selects[0] if len(tree.selects) == 1 else None
    asked = asked.this if isinstance(asked, exp.Alias) else asked
    if isinstance(asked, exp.Exists) and isinstance(asked.this, exp.Select):
        inner = _select(asked.this)
        return Query(inner.model, where=inner.where, shape="exists") if inner else None
    source = tree.args.get("from_") or tree.args.get("from")
    table = source.this if isinstance(source, exp.From) else None
    if not isinstance(table, exp.Table):
        return None
    where = tree.args.get("where")
    found = _where(where, table) if isinstance(where, exp.Where) else ()
    if tree.args.get("joins"):
        found = (*found, Condition("", "maybe", "joined"))
    names = tuple(each.alias_or_name for each in tree.selects if isinstance(each, exp.Column))
    counted = len(tree.selects) == 1 and tree.selects[0].find(exp.Count) is not None
    shape = "count" if counted else "rows"
    lock = _locked(tree)
    skips = {"skip_locked"} if any(not each.args.get("wait", True) for each in lock) else set[str]()
    word = "update" if lock else ""
    return Query(
        _model(table.name.lower()), "select", found, names, shape, (), word, frozenset(skips)
    )


def _locked(tree: exp.Select) -> list[exp.Lock]:
    return [each for each in tree.args.get("locks") or () if isinstance(each, exp.Lock)]


def _insert(tree: exp.Insert) -> Query | None:
    """An insertion, with the values of its first row."""
    schema = tree.this
    table = schema.this if isinstance(schema, exp.Schema) else schema
    if not isinstance(table, exp.Table):
        return None
    names = [each.name for each in schema.expressions] if isinstance(schema, exp.Schema) else []
    source = tree.expression
    rows = source.expressions if isinstance(source, exp.Values) else ()
    given = rows[0].expressions if rows and isinstance(rows[0], exp.Tuple) else ()
    if isinstance(source, exp.Select):
        given = source.selects
    values = tuple((name, _value(each)) for name, each in zip(names, given, strict=False))
    asks = tree.find(exp.Exists) is not None  # one statement that looks and adds
    kept = tree.args.get("conflict") or tree.args.get("alternative") or asks
    options = {"upsert"} if kept else set[str]()
    if not names:
        options.add("unseen")  # its columns are in the order of the table
    return Query(_model(table.name.lower()), "insert", values=values, options=frozenset(options))


def _where(where: exp.Where, table: exp.Table) -> tuple[Condition, ...]:
    return tuple(_conditions(where.this, {"", table.alias_or_name, table.name}))


def _conditions(node: exp.Expr, own: set[str]) -> list[Condition]:
    """The conjuncts about the table's own columns; those about others only narrow."""
    if isinstance(node, exp.Paren):
        return _conditions(node.this, own)
    if isinstance(node, exp.And):
        return _conditions(node.left, own) + _conditions(node.right, own)
    if isinstance(node, exp.EQ) and isinstance(node.left, exp.Column):
        if node.left.table not in own:
            return [Condition("", "maybe", written(node))]
        return [Condition(node.left.name, "=", _term(node.right))]
    asked = tuple({each.name.lower() for each in node.find_all(exp.Table)})
    if asked:
        return [Condition("", "exists", written(node), tables=asked)]
    found = [each for each in node.find_all(exp.Column) if each.table in own]
    return [Condition(each.name, "maybe", written(node)) for each in found]


def _set(node: exp.EQ) -> tuple[str, Value]:
    return node.this.name, _value(node.expression)


def _value(node: exp.Expr) -> Value:
    if node.find(exp.Column) is not None:
        named = next(iter(node.find_all(exp.Column))).name
        return Value(written(node), data=Column(None, named, relative=True))
    data = Constant(node.name) if isinstance(node, exp.Literal) else None
    return Value(_term(node), data=data)


def _term(node: exp.Expr) -> str:
    """A value: the name of a placeholder, or its text."""
    if isinstance(node, exp.Placeholder):
        return f":{node.name}"
    if isinstance(node, exp.Cast):
        return _term(node.this)
    return written(node)
