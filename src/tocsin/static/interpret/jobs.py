"""Jobs: functions that run when the request is over, with what they were handed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tocsin.static.effect import Kind, ScopeKind
from tocsin.static.interpret.calls import Invocation, invoke, manner
from tocsin.static.interpret.frame import Frame
from tocsin.static.value import Fields, Function, Row, Value

_TARGETS = ("target", "func", "function")
_KEYS = frozenset({"id", "pk", "uuid", "key", "code", "slug"})


def begin(frame: Frame, call: Invocation) -> None:
    """What a job does with what it was handed, outside the request's transactions and locks.

    One that is handed identifiers only reads for itself, and is looked at on its own.
    """
    target, args, keywords = _handed(call)
    given = (*args, *keywords.values())
    if not isinstance(target.data, Function) or not any(map(_snapshot, given)):
        return
    if any(scope.kind is ScopeKind.JOB for scope in frame.scopes):
        return
    symbol = target.data.symbol
    first = next(iter(symbol.node.args.args), None)
    if symbol.owner is None and first is not None and first.arg == "self":
        target = replace(target, data=replace(target.data, bound=Value("self")))
    before = (frame.scopes, frame.guards, frame.env)
    frame.scopes = (frame.scope(ScopeKind.JOB),)
    frame.env = dict(frame.env)
    handed = frozenset(d for each in given for d in each.deps)
    frame.emit(Kind.SPAWN, call.node, manner(call.node), deps=handed)
    invoke(frame, target, args, keywords, call.node)
    frame.scopes, frame.guards, frame.env = before
    frame.live, frame.ending = True, ""


def after_commit(frame: Frame, call: Invocation) -> None:
    """What a hook does when the transaction has ended: none of its locks is held any more."""
    target = call.subject
    if target is None or not isinstance(target.data, Function):
        return
    before = (frame.scopes, frame.guards, frame.env)
    held = {ScopeKind.TRANSACTION, ScopeKind.SAVEPOINT}
    frame.scopes = tuple(each for each in frame.scopes if each.kind not in held)
    frame.env = dict(frame.env)
    invoke(frame, target, (), {}, call.node)
    frame.scopes, frame.guards, frame.env = before
    frame.live, frame.ending = True, ""


def _handed(call: Invocation) -> tuple[Value, tuple[Value, ...], Mapping[str, Value]]:
    """The function, and what it will be called with."""
    nothing: tuple[Value, ...] = ()
    if call.row.word == "lists":  # args=(…), kwargs={…}
        lists = (each for each in call.rest if isinstance(each.data, Fields))
        args = _parts(call.keywords.get("args") or next(lists, None))
        named = _parts(call.keywords.get("kwargs"))
        words = (call.keywords.get(word) for word in _TARGETS)
        target = next(filter(None, words), None) or call.subject or Value("?")
        return target, tuple(each for _, each in args), dict(named)
    subject = call.subject
    if subject is None:
        return Value("?"), nothing, {}
    return subject, call.rest, call.keywords


def _parts(value: Value | None) -> tuple[tuple[str, Value], ...]:
    return value.data.parts if value is not None and isinstance(value.data, Fields) else ()


def _snapshot(value: Value) -> bool:
    """Whether it says how something was: a loaded row, or a column that is no key."""
    if isinstance(value.data, Row):
        return not value.data.new
    return any(dep.column and dep.column not in _KEYS for dep in value.deps)
