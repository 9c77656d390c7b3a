"""Transactions, locks, sessions: the acts that say what is held, and until when."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.static.effect import Kind, Scope, ScopeKind
from tocsin.static.interpret.calls import Invocation
from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.watched import Watched
from tocsin.static.settings import STRICT
from tocsin.static.value import Constant, External, Fields, Row, Value
from tocsin.stores.calls.base import LOCK_TYPE, Act, Call

DJANGO = "django"
_WRITERS = frozenset({"IMMEDIATE", "EXCLUSIVE"})


def session_of(receiver: Value | None) -> str:
    """Which session or connection a statement goes through; Django's own if none is named."""
    return receiver.term if receiver is not None else DJANGO


def isolation(args: tuple[Value, ...], keywords: Mapping[str, Value]) -> str:
    """An isolation level among the arguments, however deep."""
    pending = [*args, *keywords.values()]
    while pending:
        value = pending.pop()
        if isinstance(value.data, Constant) and isinstance(value.data.value, str):
            if value.data.value.upper() in STRICT:
                return value.data.value.upper()
        elif isinstance(value.data, External):
            name = value.data.name.rpartition(".")[2].removeprefix("ISOLATION_LEVEL_")
            if name.replace("_", " ") in STRICT:
                return name.replace("_", " ")
        elif isinstance(value.data, Fields):
            pending += [each for _, each in value.data.parts]
    return ""


def begun(row: Call, args: tuple[Value, ...], keywords: Mapping[str, Value]) -> str:
    """The isolation level of a transaction that is opened with these arguments.

    SQLite's, where it takes the one write lock as it begins, is serializable.
    """
    if row.shape == LOCK_TYPE:
        told = (each.data for each in (*args, *keywords.values()))
        names = {str(each.value).upper() for each in told if isinstance(each, Constant)}
        if names & _WRITERS:
            return "SERIALIZABLE"
    return isolation(args, keywords) or row.word


def held(frame: Frame, manager: Value) -> str:
    """The kind of lock that a context manager is; empty if it is none."""
    row = frame.machine.knowledge.method(manager.type, "__enter__") if manager.type else None
    return row.word if row is not None and row.act is Act.HOLD else ""


def commit(frame: Frame, call: Invocation) -> Value:
    """``session.commit()``, ``rollback()``, ``flush()``: a rollback undoes what was set on rows."""
    if call.row.act is Act.ROLLBACK:
        known = (each for each in frame.env.values() if not isinstance(each, Watched))
        rows = {each.term for each in known if isinstance(each.data, Row)}
        kept = frame.env.items()
        frame.env = {name: each for name, each in kept if name.rpartition(".")[0] not in rows}
    kind = {Act.COMMIT: Kind.COMMIT, Act.ROLLBACK: Kind.ROLLBACK}.get(call.row.act, Kind.FLUSH)
    frame.emit(kind, call.node, session=session_of(call.receiver))
    return Value("None", data=Constant(None))


def isolate(frame: Frame, call: Invocation) -> Value:
    """An isolation level for what follows in this session."""
    level = isolation(call.args, call.keywords)
    if level:
        frame.emit(Kind.ISOLATE, call.node, level, session=session_of(call.receiver))
    return call.receiver or Value("connection")


def begin(frame: Frame, call: Invocation) -> Value:
    """``session.begin()`` as a statement; as a context manager it is a scope."""
    frame.emit(Kind.BEGIN, call.node, session=session_of(call.receiver))
    return call.receiver or Value("transaction")


def acquire(frame: Frame, call: Invocation) -> Value:
    """From here on the lock is held, as far as the function goes. A file's flags say which."""
    flags = " ".join(each.term for each in call.rest) if call.row.subject is not None else ""
    if "LOCK_UN" in flags:
        return release(frame, call)
    if "LOCK_SH" in flags:
        return Value("None", data=Constant(None))
    term = call.subject.term if call.subject else call.text
    scope = frame.scope(
        ScopeKind.LOCK, term, call.row.word, fresh="@" in term and call.row.subject is None
    )
    frame.scopes = (*frame.scopes, scope)
    return Value("True", data=Constant(True))


def release(frame: Frame, call: Invocation) -> Value:
    """The lock is given back."""
    term = call.subject.term if call.subject else call.text

    def other(scope: Scope) -> bool:
        return scope.kind is not ScopeKind.LOCK or scope.term != term

    frame.scopes = tuple(filter(other, frame.scopes))
    return Value("None", data=Constant(None))
