"""Rows: created, saved, deleted, read again."""

from __future__ import annotations

import ast
from dataclasses import replace

from tocsin.static.effect import Item, Kind, ScopeKind
from tocsin.static.interpret.calls import Invocation
from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.lookups import identity
from tocsin.static.interpret.queries import conditions, fetched
from tocsin.static.interpret.transactions import session_of
from tocsin.static.interpret.written import UNSEEN, named, unseen
from tocsin.static.interpret.written import written as setting
from tocsin.static.models import Model
from tocsin.static.term import short
from tocsin.static.value import (
    NO_DEPS,
    Condition,
    Constant,
    Dep,
    Deps,
    Fields,
    Query,
    Row,
    Value,
)

FULL = "full"
"""The option of a save that writes every column, also those that were not changed."""


UPSERTS = "update or create"
"""The option of a read whose lock lasts as long as the call that makes it: nobody relies on it."""

LOOKED = "get_or_create"
"""The option of an insertion that looks for the row itself, whatever was looked at before."""
UNKNOWN = "(row)"
"""The table of a row of which only its name is known."""


def insert(
    frame: Frame,
    node: ast.AST,
    model: Model,
    values: tuple[tuple[str, Value], ...],
    session: str,
    *,
    term: str = "",
    where: tuple[Condition, ...] = (),
    deps: Deps = NO_DEPS,
    options: frozenset[str] = frozenset(),
) -> int:
    """Emit the insertion of a row."""
    options |= unseen(values)
    values = named(values)
    made = where + tuple(
        Condition(name, "=", identity(value), value.deps)
        for name, value in values
        if name not in {each.column for each in where}
    )
    written = tuple(setting(name, value) for name, value in values)
    return frame.emit(
        Kind.WRITE,
        node,
        "insert",
        Item("database", model.table, made, term),
        model=model,
        written=written,
        session=session,
        deps=deps,
        options=options,
    )


def _query(call: Invocation) -> Query | None:
    data = call.receiver.data if call.receiver else None
    return data if isinstance(data, Query) and data.model is not None else None


def create(frame: Frame, call: Invocation) -> Value:
    """``Model.objects.create(…)``, ``parent.children.create(…)``."""
    query = _query(call)
    if query is None or query.model is None:
        frame.emit(Kind.CALL, call.node)
        return Value(call.text)
    values = tuple(each for each in call.keywords.items() if each[0] != "defaults")
    where = tuple(each for each in query.where if each.op == "=")
    name = short(f"{query.model.table}@{getattr(call.node, 'lineno', 0)}")
    from tocsin.static.interpret.storing import store

    row = Value(name, type=query.model.name, data=Row(query.model, new=True, values=values))
    return store(frame, call, row, where)


def get_or_create(frame: Frame, call: Invocation) -> Value:
    """Look, and create what is not there; or, for ``update_or_create``, update what is."""
    query = _query(call)
    if query is None or query.model is None or call.receiver is None:
        frame.emit(Kind.CALL, call.node)
        return Value(call.text)
    lookup = {name: each for name, each in call.keywords.items() if name != "defaults"}
    defaults = call.keywords.get("defaults")
    extra = defaults.data.parts if defaults and isinstance(defaults.data, Fields) else ()
    found = query.where + conditions((), lookup)
    updates = call.row.act.value == "update or create"
    built = replace(
        call.receiver,
        data=replace(
            query,
            where=found,
            lock="update" if updates else query.lock,
            options=query.options | ({UPSERTS} if updates else set()),
        ),
    )
    row = fetched(frame, built, call.node, "row")
    before, number = frame.guards, frame.trace.number()
    frame.guard(number, row, call.node, holds=False, refusal="")
    values = tuple(each for each in lookup.items() if "__" not in each[0]) + extra
    options = frozenset({LOOKED})
    # The library itself catches the IntegrityError, and gets what another has created.
    with frame.inside(frame.scope(ScopeKind.TRY, caught=("IntegrityError",))):
        where = tuple(each for each in query.where if each.op == "=")
        insert(frame, call.node, query.model, values, "django", where=where, options=options)
    frame.guards = before
    created = Value(short(f"created({row.term})"), row.deps, sense=-1)
    return Value(call.text, data=Fields((("0", row), ("1", created))))


def add(frame: Frame, call: Invocation) -> Value:
    """``session.add(row)``, ``session.add_all(rows)``, ``bulk_create(rows)``."""
    subject = call.subject
    if subject is None:
        return Value(call.text)
    pending = [subject]
    if isinstance(subject.data, Fields):
        pending = [each for _, each in subject.data.parts]
    if call.row.word == "update":
        _changed(frame, call, subject)
        return subject
    for each in pending:
        value = _unstored(frame, each)
        if isinstance(value.data, Row) and value.data.new:
            insert(
                frame,
                call.node,
                value.data.model,
                value.data.values,
                session_of(call.receiver) if "sqlalchemy" in call.row.name else "django",
                term=value.term,
                deps=value.deps,
                where=_parent(call),
                options=_upsert(call),
            )
    return subject


def _parent(call: Invocation) -> tuple[Condition, ...]:
    """What ``order.lines.append(…)`` says of the new line: which order it is of."""
    query = _query(call) if call.row.word == "child" else None
    return tuple(each for each in query.where if each.op == "=") if query is not None else ()


def _changed(frame: Frame, call: Invocation, subject: Value) -> None:
    """``bulk_update(rows, ["stock"])``: what was set on each is stored."""
    row, query = subject.data, _query(call)
    if isinstance(subject.data, Fields) and subject.data.parts:
        subject = subject.data.parts[0][1]
        row = subject.data
    model = row.model if isinstance(row, Row) else query.model if query is not None else None
    if model is None:
        frame.emit(Kind.CALL, call.node)
        return
    where = row.where if isinstance(row, Row) else ()
    given = next(iter(call.rest), call.keywords.get("fields"))
    frame.emit(
        Kind.WRITE,
        call.node,
        "save",
        Item("database", model.table, where, subject.term),
        model=model,
        columns=_names(given),
        session="django",
        deps=subject.deps,
    )


def _unstored(frame: Frame, value: Value) -> Value:
    """A row that somebody handed over, and that is stored because no such row was found, is new."""
    row = value.data
    if isinstance(row, Row) and row.maybe:
        return replace(value, data=replace(row, new=True, where=()))
    if not isinstance(row, Row) or row.new or row.where:
        return value
    if not any(guard.found < 0 for guard in frame.guards):
        return value
    names = sorted(row.model.columns - {*row.model.primary})
    values = tuple((name, Value(f"{value.term}.{name}")) for name in names)
    return replace(value, data=replace(row, new=True, values=values))


def _upsert(call: Invocation) -> frozenset[str]:
    ignored = call.constant("ignore_conflicts") is True or call.constant("update_conflicts") is True
    return frozenset({"upsert"}) if ignored else frozenset()


def save(frame: Frame, call: Invocation) -> Value:
    """``row.save()``: all columns, unless ``update_fields`` says which."""
    row = call.receiver
    if row is None or not isinstance(row.data, Row):
        frame.emit(Kind.CALL, call.node)
        return Value(call.text)
    model = row.data.model
    if row.data.new:
        # One that was made of nothing, and given to others, has columns that are not seen here.
        unseen = frozenset() if row.data.values else UNSEEN
        values = row.data.values
        insert(
            frame,
            call.node,
            model,
            values,
            "django",
            term=row.term,
            deps=row.deps,
            options=unseen,
        )
        return Value("None", data=Constant(None))
    given = call.keywords.get("update_fields")
    fields = _names(given)
    partly = given is not None or call.row.word == "changes"
    if row.data.maybe and given is None:
        insert(frame, call.node, model, row.data.values, "django", term=row.term, deps=row.deps)
    frame.emit(
        Kind.WRITE,
        call.node,
        "save",
        Item("database", model.table, row.data.where, row.term),
        model=model,
        columns=fields,
        session="django",
        deps=row.deps,
        options=frozenset() if partly else frozenset({FULL}),
    )
    return Value("None", data=Constant(None))


def _names(value: Value | None) -> tuple[str, ...]:
    if value is None or not isinstance(value.data, Fields):
        return ()
    return tuple(
        str(each.data.value) for _, each in value.data.parts if isinstance(each.data, Constant)
    )


ASKED = frozenset({"asked"})
"""The option of a question about a permission: its answer is kept on the user's object."""


ON_OBJECT = "on object"
"""The option of such a question about one object."""


def permission(frame: Frame, call: Invocation) -> Value:
    """``user.has_perm(…)``: what groups the user is in decides, as far as is known here."""
    user = call.receiver
    if user is None or not isinstance(user.data, Row):
        frame.emit(Kind.CALL, call.node)
        return Value(call.text)
    relation = frame.machine.models.relation(user.data.model, "groups")
    model = frame.machine.models.named(relation.target) if relation else None
    if model is None:
        return Value(call.text, user.deps)
    where = (Condition("user", "=", user.term, user.deps),)
    item = Item("database", model.table, where, call.text)
    given = call.keywords.get("obj") or next(iter(call.args[1:]), None)
    options = ASKED | {ON_OBJECT} if isinstance(given and given.data, Row) else ASKED
    index = frame.emit(
        Kind.READ, call.node, "exists", item, model=model, session="django", options=options
    )
    return Value(call.text, frozenset({Dep(index)}))


def drop(frame: Frame, call: Invocation) -> Value:
    """``session.delete(row)``."""
    row = call.subject
    if row is not None and isinstance(row.data, Row):
        model = row.data.model
        frame.emit(
            Kind.WRITE,
            call.node,
            "delete",
            Item("database", model.table, row.data.where, row.term),
            model=model,
            session=session_of(call.receiver),
            deps=row.deps,
        )
    return Value("None", data=Constant(None))


def refresh(frame: Frame, call: Invocation) -> Value:
    """The row is read again: what it says from now on is as old as this."""
    row = call.subject if call.row.subject is not None else call.receiver
    node = call.node
    session = session_of(call.receiver) if call.row.subject is not None else "django"
    locked = call.keywords.get("with_for_update")
    lock = "update" if locked is not None and call.constant("with_for_update") is not False else ""
    rows = call.keywords.get("from_queryset")
    if rows is not None and isinstance(rows.data, Query):
        lock = rows.data.lock
    if row is None or not isinstance(row.data, Row):
        if row is not None and lock:  # a row of one model or another: what hangs on it is locked
            held = Item("database", UNKNOWN, (), row.term)
            frame.emit(Kind.READ, node, "refresh", held, lock=lock, session=session)
        return Value(call.text)
    model = row.data.model
    index = frame.emit(
        Kind.READ,
        node,
        "refresh",
        Item("database", model.table, row.data.where, row.term),
        model=model,
        lock=lock,
        session=session,
        options=frozenset({"populate_existing"}),
    )
    fresh = Value(row.term, frozenset({Dep(index)}), row.type, row.data)
    for name in [name for name in frame.env if name.startswith(f"{row.term}.")]:
        del frame.env[name]
    for name, value in frame.env.items():
        if value == row:
            frame.env[name] = fresh
    return fresh
