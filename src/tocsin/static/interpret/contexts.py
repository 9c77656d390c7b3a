"""``with``: transactions, locks, sessions, and context managers that the project wrote."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager

from tocsin.source.names import inherited
from tocsin.source.project import FunctionSymbol
from tocsin.static.effect import Kind, ScopeKind
from tocsin.static.interpret.calls import arguments, bind, invoke
from tocsin.static.interpret.decorators import is_context
from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.handlers import last_name
from tocsin.static.interpret.lock_tables import of_each
from tocsin.static.interpret.transactions import (
    begun,
    held,
    session_of,
)
from tocsin.static.value import External, Function, Shared, Value
from tocsin.stores.calls.base import Act, Call

_SUPPRESSING = frozenset({"contextlib.suppress"})


@contextmanager
def entered(frame: Frame, node: ast.expr, statement: ast.With | ast.AsyncWith) -> Iterator[Value]:
    """The value after ``as``; leaving gives the scopes back and says what the exit does."""
    from tocsin.static.interpret.expressions import evaluate

    inner = node.value if isinstance(node, ast.Await) else node
    if isinstance(inner, ast.Call):
        function = evaluate(frame, inner.func)
        if isinstance(function.data, Function) and is_context(frame.machine, function.data.symbol):
            with _generator(frame, function.data, inner) as value:
                yield value
            return
        if isinstance(function.data, External) and function.data.name in _SUPPRESSING:
            with _suppressed(frame, inner) as value:
                yield value
            return
        row = _row(frame, function)
        if row is not None and row.act in {Act.TRANSACTION, Act.SAVEPOINT}:
            with _transaction(frame, function, inner, row) as value:
                yield value
            return
        args, keywords = arguments(frame, inner)
        manager = invoke(frame, function, args, keywords, inner)
    else:
        manager = evaluate(frame, inner)
        row = _row(frame, manager)
        # transaction.atomic itself is no context manager, but engine.begin is.
        if row is not None and row.act is Act.TRANSACTION:
            manager = Value(manager.term, manager.deps)
    with _managed(frame, manager, statement) as value:
        yield value


@contextmanager
def _suppressed(frame: Frame, node: ast.Call) -> Iterator[Value]:
    """``try`` whose handler passes; what follows may be reached from anywhere within."""
    names, guards = tuple(last_name(each) for each in node.args), frame.guards
    with frame.inside(frame.scope(ScopeKind.TRY, caught=names, ignored=names)):
        yield Value("(suppressed)")
    frame.live, frame.guards = True, guards


def _row(frame: Frame, value: Value) -> Call | None:
    if not isinstance(value.data, External):
        return None
    knowledge = frame.machine.knowledge
    owner, _, name = value.data.name.rpartition(".")
    if value.data.receiver is not None:
        row = knowledge.method(owner, name)
    else:
        row = knowledge.function(value.data.name)
    return row


@contextmanager
def _generator(frame: Frame, function: Function, node: ast.Call) -> Iterator[Value]:
    """A generator-based context manager: what it does before and after its ``yield``."""
    args, keywords = arguments(frame, node)
    summary, bindings = frame.machine.summary(
        function, bind(function.symbol, function.bound, args, keywords)
    )
    planted = frame.graft(summary, bindings, node)
    stop = summary.yields
    planted.effects(stop.index if stop else None)
    scopes = tuple(map(planted.carried.scope, stop.scopes)) if stop else ()
    if stop:
        frame.guards += tuple(map(planted.carried.guard, stop.guards))
    value = planted.carried.bindings.value(stop.value) if stop else Value("None")
    with frame.inside(*scopes):
        yield value
    planted.effects()


@contextmanager
def _transaction(frame: Frame, function: Value, node: ast.Call, row: Call) -> Iterator[Value]:
    args, keywords = arguments(frame, node)
    kind = row.act
    receiver = function.data.receiver if isinstance(function.data, External) else None
    session = session_of(receiver)
    level = begun(row, args, keywords)
    scope = frame.scope(
        ScopeKind.TRANSACTION if kind is Act.TRANSACTION else ScopeKind.SAVEPOINT, session, level
    )
    value = Value(session, type="sqlalchemy.Session") if receiver is not None else Value("None")
    nested = session in {s.term for s in frame.scopes if s.kind is ScopeKind.TRANSACTION}
    with frame.inside(scope):
        frame.emit(Kind.BEGIN, node, session=session)
        yield value
    if not nested and kind is Act.TRANSACTION:
        live = frame.live
        frame.emit(Kind.COMMIT, node, session=session)
        frame.live = live


@contextmanager
def _managed(frame: Frame, manager: Value, statement: ast.With | ast.AsyncWith) -> Iterator[Value]:
    """An object that is a context manager: a lock, a session, one of the project's classes."""
    if isinstance(statement, ast.AsyncWith):
        frame.emit(Kind.AWAIT, statement)
    word, fresh = held(frame, manager), "@" in manager.term
    if not word and isinstance(manager.data, Shared) and manager.data.path:
        word, fresh = of_each(frame, manager.data), False
    if word:
        scope = frame.scope(ScopeKind.LOCK, manager.term, word, fresh=fresh)
        with frame.inside(scope):
            yield manager
        return
    symbol = frame.machine.classes.get(manager.type)
    enter = "__aenter__" if isinstance(statement, ast.AsyncWith) else "__enter__"
    inner = inherited(frame.machine.project, symbol, enter) if symbol else None
    if isinstance(inner, FunctionSymbol):
        with _object(frame, manager, inner, enter, statement) as value:
            yield value
        return
    if manager.type == "sqlalchemy.Session":
        with frame.inside(frame.scope(ScopeKind.SESSION, manager.term)):
            yield manager
        return
    yield manager if not isinstance(manager.data, Shared) else Value(manager.term)


@contextmanager
def _object(
    frame: Frame,
    manager: Value,
    enter: FunctionSymbol,
    name: str,
    statement: ast.AST,
) -> Iterator[Value]:
    """A class of the project with ``__enter__`` and ``__exit__``."""
    value = invoke(frame, Value(name, data=Function(enter, bound=manager)), (), {}, statement)
    with frame.inside(frame.scope(ScopeKind.SESSION, manager.term)):
        yield value if value.data is not None or value.type else manager
    symbol = frame.machine.classes.get(manager.type)
    leave = inherited(frame.machine.project, symbol, name.replace("enter", "exit")) if symbol else 0
    if isinstance(leave, FunctionSymbol):
        live = frame.live
        invoke(frame, Value("exit", data=Function(leave, bound=manager)), (), {}, statement)
        frame.live = live
