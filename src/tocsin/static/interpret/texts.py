"""Texts that are put together, and what is a statement of SQL among them.

What is filled in is a *hole*: a value in a condition, the name of a table, a part of a name, or a
clause of which nothing is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tocsin.static.interpret.calls import Invocation
from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.lookups import identity
from tocsin.static.interpret.sql import KIND, statement
from tocsin.static.interpret.watched import spoken
from tocsin.static.term import short
from tocsin.static.value import (
    NO_DEPS,
    Column,
    Condition,
    Constant,
    Fields,
    Query,
    Text,
    Value,
)
from tocsin.stores.calls.dbapi import TEXT

STATEMENT = "sqlalchemy.Statement"
_NUMBERED = "argument_"
_SPREAD = "argument_of_call_"
"""``$1``: the statement is given its values one by one, not in a sequence."""
_SHORTEST = 12
_HOLE = re.compile(r"hole_(\d+)_")
_NAMED = re.compile(
    r"(?:\b(?:from|into|update|join|table)\s+|[(=<>,+-]\s*|\b(?:values|in|like)\s*)$", re.IGNORECASE
)
_QUOTED = re.compile(
    r"'(?:[^']|'')*'|\"[^\"]*\"|(?<!:):(?=:)|\?|%s|%\((\w+)\)s|\$(\d+)|(?<![:\w]):(\w+)"
)


def joined(parts: Sequence[Value], term: str, deps: frozenset[object]) -> Value:
    """A text made of others: a constant if all of them are."""
    pieces = tuple(_flat(parts))
    if all(isinstance(each.data, Constant) for each in pieces):
        text = "".join(str(each.data.value) for each in pieces if isinstance(each.data, Constant))
        return Value(short(repr(text)), deps, data=Constant(text))  # type: ignore[arg-type]
    return Value(term, deps, data=Text(pieces))  # type: ignore[arg-type]


def _flat(parts: Sequence[Value]) -> Iterator[Value]:
    for each in parts:
        if isinstance(each.data, Text):
            yield from _flat(each.data.parts)
        else:
            yield each


def textual(value: Value) -> bool:
    """Whether a value is a text, as far as is known."""
    constant = isinstance(value.data, Constant) and isinstance(value.data.value, str)
    return constant or isinstance(value.data, Text)


def shorter(one: Value, other: Value) -> Value | None:
    """Of a text and the same with more added, the one that is always there."""
    if not textual(one) or not textual(other):
        return None
    mine, theirs = (_pieces(each) for each in (one, other))
    small, large = sorted((mine, theirs), key=lambda each: len(_plain(each)))
    if not _plain(small) or not _plain(large).startswith(_plain(small)):
        return None
    chosen = one if small is mine else other
    return replace(chosen, data=Text(small))  # it may go on: no constant


def _pieces(value: Value) -> tuple[Value, ...]:
    return value.data.parts if isinstance(value.data, Text) else (value,)


def _plain(pieces: Sequence[Value]) -> str:
    return "".join(
        str(each.data.value) if isinstance(each.data, Constant) else each.term for each in pieces
    )


def stated(frame: Frame, value: Value) -> Value:
    """A text that is SQL, as the statement that it is; anything else unchanged."""
    if not spoken(value):
        return value
    query = _read(frame, _pieces(value))
    return value if query is None else replace(value, type=TEXT, data=query)


def statement_of(frame: Frame, call: Invocation) -> Value:
    """``text("UPDATE …")``: a query, where its table and its conditions can be read."""
    subject = call.subject
    if subject is None or not isinstance(subject.data, Query):
        return Value(call.text, subject.deps if subject else NO_DEPS, "sql")
    return Value(call.text, type=STATEMENT, data=subject.data)


def _read(frame: Frame, pieces: Sequence[Value]) -> Query | None:
    """The statement, read with its holes as names, or without those that stand for clauses."""
    if sum(len(each.term) for each in pieces) < _SHORTEST:
        return None
    for whole in (True, False):
        text = _written(pieces, whole=whole)
        known = frame.machine.statements
        if text not in known:
            known[text] = statement(text)
        found = known[text]
        if found is not None:
            return _holes_filled(found, pieces)
    return None


def _written(pieces: Sequence[Value], *, whole: bool) -> str:
    """The text, with a name for each hole and for each placeholder."""
    text = ""
    for index, each in enumerate(pieces):
        if isinstance(each.data, Constant):
            text += str(each.data.value)
            continue
        after = pieces[index + 1] if index + 1 < len(pieces) else None
        follows = str(after.data.value) if after and isinstance(after.data, Constant) else ""
        if re.match(r"\w", follows) or re.search(r"\w$", text):
            continue  # a part of a name: which schema it is
        if whole or _NAMED.search(text):
            text += f"hole_{index}_"
    count = iter(range(len(text)))

    def named(found: re.Match[str]) -> str:
        if found[0] in {"?", "%s"}:
            return f":{_NUMBERED}{next(count)}"
        if found[1] or found[3]:
            return f":{found[1] or found[3]}"
        return f":{_SPREAD}{int(found[2]) - 1}" if found[2] else found[0]

    return _QUOTED.sub(named, text)


def _holes_filled(query: Query, pieces: Sequence[Value]) -> Query:
    where = tuple(_condition(each, pieces) for each in query.where)
    values = tuple((name, _filled_in(each, pieces)) for name, each in query.values)
    model = query.model
    if model is not None and _HOLE.search(model.table):
        table = _HOLE.sub(lambda found: pieces[int(found[1])].term, model.table)
        model = replace(model, name=f"{KIND}.{table}", table=table)
    return replace(query, model=model, where=where, values=values)


def _condition(each: Condition, pieces: Sequence[Value]) -> Condition:
    value = _filled_in(Value(each.term), pieces)
    return replace(each, term=value.term, deps=value.deps)


def _filled_in(value: Value, pieces: Sequence[Value]) -> Value:
    found = [pieces[int(each)] for each in _HOLE.findall(value.term)]
    if not found:
        return value
    term = _HOLE.sub(lambda each: pieces[int(each[1])].term, value.term)
    deps = frozenset(dep for each in found for dep in each.deps)
    return replace(value, term=short(term.strip("'\"")), deps=deps)


def filled(query: Query, parameters: Value | None) -> Query:
    """The query with the values that it is run with in the place of its placeholders."""
    parts = parameters.data if parameters is not None else None
    if query.model is None or query.model.kind != KIND or parameters is None:
        return query
    given = parts if isinstance(parts, Fields) else None
    where = tuple(
        replace(each, term=identity(value), deps=value.deps)
        if (value := _given(each.term, given, parameters))
        else each
        for each in query.where
    )
    values = tuple((name, _set(each, given, parameters)) for name, each in query.values)
    return replace(query, where=where, values=values)


def _given(term: str, parts: Fields | None, whole: Value) -> Value | None:
    if not term.startswith(":"):
        return None
    name = term.removeprefix(":")
    if parts is None:
        alone = name == f"{_SPREAD}0"
        return whole if alone else Value(f"{whole.term}[{name}]", whole.deps)
    index = name.removeprefix(_SPREAD).removeprefix(_NUMBERED)
    return parts.get(name) or parts.get(index)


def _set(value: Value, parts: Fields | None, whole: Value) -> Value:
    if isinstance(value.data, Column):
        return value
    return _given(value.term, parts, whole) or value
