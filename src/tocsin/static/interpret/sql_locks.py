"""Locks that a statement takes and that are no row's: advisory locks, tables, SQLite's file."""

from __future__ import annotations

import ast

from tocsin.static.effect import ADVISORY, TRIED, Item, Kind, Scope, ScopeKind
from tocsin.static.interpret.frame import Frame
from tocsin.static.value import Dep, Value
from tocsin.stores.calls.locks import Taking, isolation, named, taking


def locking(value: Value) -> bool:
    """Whether a statement, built or as text, takes or gives back such a lock."""
    return taking(value.term) is not None or bool(isolation(value.term))


def run(frame: Frame, value: Value, node: ast.AST, session: str) -> Value | None:
    """Execute such a statement; ``None`` for every other one.

    A lock of the transaction is a read that locks, one of the session a block that is open until
    it is given back: a commit does not end it.
    """
    level = isolation(value.term)
    if level:
        frame.emit(Kind.ISOLATE, node, level, session=session)
    what = taking(value.term)
    if what is None:
        return Value("True") if level else None
    if what is Taking.RELEASE:
        _release(frame, value)
        return Value("True")
    if what is Taking.SESSION:
        scope = frame.scope(ScopeKind.LOCK, named(value.term), "advisory")
        frame.scopes = (*frame.scopes, scope)
        return Value(value.term, value.deps)
    held = Item("database", ADVISORY, row=value.term)
    verb = TRIED if what is Taking.TRY_TRANSACTION else "lock"
    index = frame.emit(Kind.READ, node, verb, held, lock="update", session=session)
    return Value(value.term, frozenset({Dep(index)}), sense=1)


def _release(frame: Frame, value: Value) -> None:
    mine = [s for s in frame.scopes if s.kind is ScopeKind.LOCK and s.detail == "advisory"]
    own = [s for s in mine if s.term == named(value.term)]
    given: list[Scope] = own or mine[-1:]  # keys that are computed may be spelt in two ways
    frame.scopes = tuple(scope for scope in frame.scopes if scope not in given)
