"""Verbs of ``tocsin.guard``: what they read and write, under which lock, and that they refuse."""

from __future__ import annotations

from dataclasses import replace

from tocsin.static.effect import Item, Kind
from tocsin.static.interpret.calls import Invocation, invoke
from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.queries import changed, conditions, fetched, model_of
from tocsin.static.interpret.transactions import session_of
from tocsin.static.term import short
from tocsin.static.value import Condition, Constant, Dep, Fields, Query, Value
from tocsin.stores.calls.guard import AWAITED, TALLIES

NEVER_AWAITED = "never awaited"
FRESH = "fresh"
COMMITTED = "committed"
"""Options of a guard that protects nothing: not run, asked of an object of this request, split."""

_ALLOWED = "(allowed)"


def guard(frame: Frame, call: Invocation) -> Value:
    """A verb that refuses by raising, and answers whoever was allowed."""
    word = call.row.word
    if word == "owns":
        return _rows(frame, call) or Value(call.text)
    options = set()
    if call.row.store == AWAITED and frame.bare is call.node:
        options.add(NEVER_AWAITED)
    if any(each.type == TALLIES and _made_here(frame, each.term) for each in call.args[:1]):
        options.add(FRESH)
    first = len(frame.trace.effects)
    value = _done(frame, call)
    if word == "once" and _commits(frame, first, call):
        options.add(COMMITTED)
    subject = call.subject
    item = Item("guard", subject.term if subject is not None else "?")
    limit = subject.type if subject is not None else ""
    frame.emit(Kind.GUARDED, call.node, word, item, options=frozenset({*options, limit} - {""}))
    return value


def _made_here(frame: Frame, term: str) -> bool:
    """Whether an object was made by the function that uses it: its name says where."""
    _, _, place = term.rpartition("@")
    path, _, line = place.rpartition(":")
    node = frame.function.node if frame.function is not None else None
    if node is None or path != frame.module.path or not line.isdigit():
        return False
    return node.lineno <= int(line) <= (node.end_lineno or node.lineno)


def _done(frame: Frame, call: Invocation) -> Value:
    match call.row.word:
        case "once":
            return _once(frame, call)
        case "execute":
            return _execute(frame, call)
        case "transition" | "edit":
            return _changed(frame, call)
        case "lock" | "authorize":
            return _locked(frame, call)
        case _:
            return Value(call.text)


def _once(frame: Frame, call: Invocation) -> Value:
    """What is carried out, or was: its effects are those of the first time."""
    work = call.rest[0] if call.rest else call.keywords.get("work")
    if work is None:
        return Value(call.text)
    invoke(frame, work, (), {}, call.node)
    return Value(call.text)


def _commits(frame: Frame, first: int, call: Invocation) -> bool:
    """Whether work commits, though the answer is to be part of its transaction."""
    if not call.args or call.args[0].type != "sqlalchemy.Session":
        return False
    return any(each.kind is Kind.COMMIT for each in frame.trace.effects[first:])


def _session(call: Invocation) -> str:
    return session_of(call.args[0]) if call.row.subject else "django"


def _rows(frame: Frame, call: Invocation) -> Value | None:
    """The rows that a verb is told, as a query."""
    subject = call.subject
    model = model_of(subject)
    if subject is None or model is None:
        return None
    query = subject.data if isinstance(subject.data, Query) else Query(model)
    keys = call.rest[:1] if call.row.shape == "model" else ()
    found = tuple(Condition(model.primary[0], "=", each.term, each.deps) for each in keys)
    if call.row.word == "owns":
        found += conditions(call.rest[1:], {})
    return replace(subject, term=call.text, data=replace(query, where=query.where + found))


def _locked(frame: Frame, call: Invocation) -> Value:
    """Read as the rows now are, and locked; ``lock`` answers with as many as it has keys."""
    rows = _rows(frame, call)
    if rows is None or not isinstance(rows.data, Query):
        return Value(call.text)
    value = _fresh(frame, call, rows.data)
    if call.row.word == "lock":
        return Value(value.term, value.deps, data=Fields((("0", value),)))
    frame.guard(frame.trace.number(), value, call.node, holds=True, refusal="403")
    return value


def _fresh(frame: Frame, call: Invocation, query: Query) -> Value:
    options = query.options | {"populate_existing"}
    locked = Value(call.text, data=replace(query, lock="update", options=options))
    return fetched(frame, locked, call.node, "row", _session(call))


def _changed(frame: Frame, call: Invocation) -> Value:
    """One UPDATE that asks for what it relies on; the row is locked by it, and read then."""
    rows = _rows(frame, call)
    if rows is None or not isinstance(rows.data, Query):
        return Value(call.text)
    named = call.keywords.get("field")
    usual = "status" if call.row.word == "transition" else "version"
    known = named is not None and isinstance(named.data, Constant)
    field = str(named.data.value) if known else usual  # type: ignore[union-attr]
    asked = call.keywords.get("from_" if call.row.word == "transition" else "version")
    wanted = Condition(
        field, "=", asked.term if asked else _ALLOWED, asked.deps if asked else frozenset()
    )
    to = call.keywords.get("to", Value(short(f"{field} + 1")))
    query = replace(rows.data, where=(*rows.data.where, wanted), values=((field, to),))
    changed(frame, query, "update", call.node, _session(call))
    return _fresh(frame, call, rows.data)


def _execute(frame: Frame, call: Invocation) -> Value:
    """An effect with the right in its WHERE, locked there."""
    effect, grant = call.subject, call.keywords.get("grant")
    if effect is None or not isinstance(effect.data, Query):
        return Value(call.text)
    asked = grant.data if grant is not None else None
    tables = (asked.model.table,) if isinstance(asked, Query) and asked.model else ()
    right = Condition("", "exists", grant.term if grant else "", tables=tables, locks=True)
    query = replace(effect.data, where=(*effect.data.where, right))
    value = changed(frame, query, query.verb, call.node, _session(call))
    index = len(frame.trace.effects) - 1
    found = Value(value.term, frozenset({Dep(index)}), sense=1)
    frame.guard(frame.trace.number(), found, call.node, holds=True, refusal="403")
    return value
