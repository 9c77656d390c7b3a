"""Statements: built step by step, then run. Running is what other requests can see."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace

from tocsin.static.effect import Item, Kind
from tocsin.static.interpret import filters, sql_locks
from tocsin.static.interpret.calls import Invocation
from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.lookups import identity, lookups
from tocsin.static.interpret.texts import filled
from tocsin.static.interpret.transactions import session_of
from tocsin.static.interpret.written import named, unseen
from tocsin.static.interpret.written import written as setting
from tocsin.static.models import Model
from tocsin.static.term import short
from tocsin.static.value import (
    ROWCOUNT,
    Class,
    Column,
    Condition,
    Constant,
    Dep,
    Fields,
    Filter,
    Query,
    Row,
    Value,
)
from tocsin.stores.calls.base import Act

RESULT = "sqlalchemy.Result"
STATEMENT = "sqlalchemy.Statement"
VERBS = {Act.SELECT: "select", Act.UPDATE: "update", Act.DELETE: "delete", Act.INSERT: "insert"}


_AGGREGATES = frozenset({"aggregate", "aaggregate"})
"""Methods whose keywords name results."""


def model_of(value: Value | None) -> Model | None:
    """The model that a value stands for: the class, one of its columns, a query or row of it."""
    match value.data if value else None:
        case Class(model=model) | Column(model=model) | Query(model=model) | Row(model=model):
            return model
        case _:
            return None


def start(frame: Frame, call: Invocation) -> Value:
    """``select(A.x)``, ``update(A)``, ``session.query(A)``; ``A.update(…)`` with the values."""
    if call.receiver is not None and isinstance(call.receiver.data, Query):
        words = {call.row.word} if call.row.word else set()
        options = call.receiver.data.options | words
        return values(frame, replace(call, receiver=_with(call, options)))
    asked = next(filter(None, map(_asked, call.args)), None)
    if asked is not None:  # ``select(exists(…))``
        return Value(call.text, type=call.row.gives or STATEMENT, data=asked)
    model = next(filter(None, map(model_of, call.args)), None)
    columns = tuple(
        each.data.name
        for each in call.args
        if isinstance(each.data, Column) and each.data.name and each.type != "aggregate"
    )
    entities = any(isinstance(each.data, Class) for each in call.args)
    counted = any(each.type == "aggregate" for each in call.args)
    query = Query(
        model,
        VERBS[call.row.act],
        columns=() if entities else columns,
        shape="count" if counted and not columns and not entities else "rows",
    )
    return Value(call.text, type=call.row.gives or STATEMENT, data=query)


def _with(call: Invocation, options: frozenset[str]) -> Value | None:
    """The receiver as a statement of the verb that is called."""
    receiver = call.receiver
    if receiver is None or not isinstance(receiver.data, Query):
        return receiver
    query = replace(receiver.data, verb=VERBS[call.row.act], options=options)
    return replace(receiver, data=query)


def _changed(call: Invocation, **changes: object) -> Value:
    receiver = call.receiver
    if receiver is None or not isinstance(receiver.data, Query):
        return receiver or Value(call.text)
    query = replace(receiver.data, **changes)  # type: ignore[arg-type]
    # A new term: the receiver may be a parameter, and this is not what was handed over.
    return replace(receiver, term=call.text, data=query)


def where(frame: Frame, call: Invocation) -> Value:
    """``.where(…)``, ``.filter(…)``, ``Q(…)``, ``and_(…)``."""
    found = conditions(call.args, call.keywords)
    if call.receiver is None or not isinstance(call.receiver.data, Query):
        return Value(call.text, data=Filter(found))
    query = call.receiver.data
    about = (each.data.query for each in call.args if isinstance(each.data, Filter))
    model = query.model or next((each.model for each in about if each), None)
    return _changed(call, where=query.where + found, model=model)


def exclude(frame: Frame, call: Invocation) -> Value:
    """Conditions that do not hold, or of which only some do: their columns count, no key does."""
    given = conditions(call.args, call.keywords)
    alone = call.receiver is not None and len(given) == 1 and given[0].op == "="
    found = tuple(replace(each, op="!=" if alone else "maybe") for each in given)
    if call.receiver is None or not isinstance(call.receiver.data, Query):
        return Value(call.text, data=Filter(found))
    return _changed(call, where=call.receiver.data.where + found)


def conditions(args: tuple[Value, ...], keywords: Mapping[str, Value]) -> tuple[Condition, ...]:
    """What arguments of a WHERE demand."""
    found: list[Condition] = []
    for each in args:
        match each.data:
            case Filter(inner):
                found += inner
            case Query(shape="exists"):
                found.append(_subquery(each.data, each.term))
            case Fields(parts) if parts and not parts[0][0].isdigit():
                found += filters.conditions(each)
            case Column(name=name):
                found.append(Condition(name, "=", "True", each.deps))
            case _:
                found.append(Condition("", "maybe", each.term, each.deps))
    return (*found, *lookups(keywords))


def from_(frame: Frame, call: Invocation) -> Value:
    """``.select_from(A)`` says what is counted; ``.join(B, on)`` narrows."""
    model = model_of(call.args[0]) if call.args else None
    receiver = call.receiver
    if receiver is not None and isinstance(receiver.data, Query) and receiver.data.model is None:
        return _changed(call, model=model)
    found = conditions(call.args[1:], call.keywords)
    query = receiver.data if receiver is not None else None
    return _changed(call, where=query.where + found if isinstance(query, Query) else found)


def values(frame: Frame, call: Invocation) -> Value:
    """``.values(…)``: the columns that an update or insert sets."""
    given = dict(call.keywords)
    for each in call.args:
        if isinstance(each.data, Fields):
            given.update(each.data.parts)
    return _changed(call, values=tuple(given.items()))


def lock(frame: Frame, call: Invocation) -> Value:
    """``FOR UPDATE``, or ``FOR SHARE`` with ``read=True``."""
    receiver = call.receiver
    if receiver is None or not isinstance(receiver.data, Query):
        return Value(call.text)
    word = "share" if call.constant("read") is True else "update"
    skips = {"skip_locked"} if call.constant("skip_locked") is True else set()
    return _changed(call, lock=word, options=receiver.data.options | skips)


def option(frame: Frame, call: Invocation) -> Value:
    """A word that changes what the statement means when it runs."""
    words = {call.row.word} if call.row.word else set()
    words |= {name for name in call.keywords if call.constant(name) is True}
    receiver = call.receiver
    options = (
        receiver.data.options if receiver and isinstance(receiver.data, Query) else frozenset()
    )
    return _changed(call, options=options | words)


def columns(frame: Frame, call: Invocation) -> Value:
    """Only these columns are read."""
    if any(each.type == "aggregate" for each in call.args):
        return _changed(call, columns=(), shape="count")
    names = tuple(
        str(each.data.value) if isinstance(each.data, Constant) else each.data.name
        for each in call.args
        if isinstance(each.data, Constant | Column)
    )
    return _changed(call, columns=names)


def exists(frame: Frame, call: Invocation) -> Value:
    """``exists(select(…))``, ``exists().where(…)``, ``Exists(queryset)``: a condition."""
    query = call.receiver.data if call.receiver is not None else None
    if query is None and call.args:
        query = call.args[0].data
    if call.row.word == "exists" and not isinstance(query, Query):
        model = model_of(call.args[0]) if call.args else None
        return Value(call.text, type=STATEMENT, data=Query(model, shape="exists"))
    if not isinstance(query, Query):
        return Value(call.text, data=Filter((Condition("", "maybe", call.text),)))
    asked = replace(query, columns=(), shape="exists")
    return Value(call.text, data=Filter((_subquery(query, call.text),), asked))


def _asked(value: Value) -> Query | None:
    """What is asked by an existence that is selected by itself."""
    query = value.data.query if isinstance(value.data, Filter) else value.data
    return query if isinstance(query, Query) and query.shape == "exists" else None


def _subquery(query: Query, text: str) -> Condition:
    tables = (query.model.table,) if query.model else ()
    deps = frozenset(dep for each in query.where for dep in each.deps)
    return Condition("", "exists", text, deps, tables, bool(query.lock))


def run(frame: Frame, value: Value, node: ast.AST, session: str, shape: str) -> Value:
    """Execute a statement: what it reads or writes is an effect."""
    query = value.data
    held = sql_locks.run(frame, value, node, session)
    if held is not None:
        return held
    if not isinstance(query, Query):
        frame.emit(Kind.CALL, node)
        return Value(short(f"result({value.term})"), value.deps)
    if "lock" in query.options and query.model is not None:
        whole = Item("database", query.model.table, row=query.model.table)
        frame.emit(
            Kind.READ, node, "lock", whole, model=query.model, lock="update", session=session
        )
        return Value("None")
    if query.verb == "select":
        return fetched(frame, value, node, shape, session)
    return changed(frame, query, query.verb, node, session)


def target(query: Query, row: str = "") -> Item:
    """The rows that a statement is about."""
    table = query.model.table if query.model else "?"
    return Item("database", table, query.where, row or key(query))


def key(query: Query) -> str:
    """A name for the rows that a query means: equal names, equal rows."""
    table = query.model.table if query.model else "?"
    fixed = sorted(
        f"{query.model.plain(each.column) if query.model else each.column}={each.term}"
        for each in query.where
        if each.op == "=" and each.column
    )
    return short(f"{table}[{', '.join(fixed)}]")


def fetched(
    frame: Frame, value: Value, node: ast.AST, shape: str, session: str = "django"
) -> Value:
    """Run a query that reads; the answer depends on it."""
    query = value.data
    if not isinstance(query, Query):
        return value
    shape = query.shape if query.shape != "rows" else shape
    if query.model is None:
        index = frame.emit(Kind.READ, node, "rows", Item("database", "?"), session=session)
        return Value(value.term, frozenset({Dep(index)}))
    counted = shape in {"count", "exists"}
    dropped = counted and bool(query.lock) and query.model.kind == "django"
    index = frame.emit(
        Kind.READ,
        node,
        shape,
        target(query),
        model=query.model,
        columns=query.columns,
        lock="" if dropped else query.lock,
        session=session,
        deps=frozenset(dep for each in query.where for dep in each.deps),
        options=query.options | ({"lock dropped"} if dropped else frozenset()),
    )
    term = key(query) if not counted else short(f"{shape}({value.term})")
    if counted:
        return Value(term, frozenset({Dep(index)}), RESULT, sense=1)
    if len(query.columns) == 1 and shape in {"value", "rows"}:
        name = query.columns[0]
        deps = frozenset({Dep(index, name), Dep(index)})
        return Value(f"{term}.{name}", deps, RESULT, sense=1)
    row = Row(query.model, query.where, query.columns)
    return Value(term, frozenset({Dep(index)}), query.model.name, row, sense=1)


def changed(frame: Frame, query: Query, verb: str, node: ast.AST, session: str) -> Value:
    """Run a statement that writes; the answer is how many rows it has changed."""
    known = named(query.values)
    written = tuple(setting(name, value) for name, value in known)
    made = tuple(
        Condition(name, "=", identity(value), value.deps)
        for name, value in known
        if verb == "insert"
    )
    query = replace(query, where=query.where + made)
    index = frame.emit(
        Kind.WRITE,
        node,
        verb,
        target(query),
        model=query.model,
        written=written,
        session=session,
        deps=frozenset(dep for each in query.where for dep in each.deps),
        options=query.options | (unseen(query.values) if verb == "insert" else frozenset()),
    )
    return Value(key(query), frozenset({Dep(index, ROWCOUNT)}), RESULT)


def run_subject(frame: Frame, call: Invocation) -> Value:
    """``session.execute(statement)``; ``cursor.fetchone()`` gives what was last answered."""
    subject = call.subject
    if subject is None:
        return answered(frame, call)
    if isinstance(subject.data, Query):
        given = _parameters(call)
        subject = replace(subject, data=filled(subject.data, given))
    value = run(frame, subject, call.node, session_of(call.receiver), call.row.shape)
    if call.receiver is not None:
        frame.env[f"{call.receiver.term}.{_ANSWER}"] = value
        frame.env[f"{call.receiver.term}.rowcount"] = value
    if call.row.word == "404":
        frame.guard(frame.trace.number(), value, call.node, holds=True, refusal="404")
    return value


def fetch(frame: Frame, call: Invocation) -> Value:
    """``queryset.get(…)``, ``query.first()``, ``queryset.count()``."""
    receiver = call.receiver
    if receiver is None or not isinstance(receiver.data, Query):
        frame.emit(Kind.CALL, call.node)
        return Value(call.text, receiver.deps if receiver else frozenset())
    query = receiver.data
    last = call.row.name.rpartition(".")[2]
    found = conditions((), call.keywords) if last not in _AGGREGATES else ()
    keyed = call.row.word == "key" or (last == "get" and receiver.type == "sqlalchemy.Query")
    if keyed and call.args and query.model:
        found += (Condition(query.model.primary[0], "=", call.args[0].term, call.args[0].deps),)
    elif last in {"get", "aget", "get_or_none"}:
        found += conditions(call.args, {})
    built = replace(receiver, data=replace(query, where=query.where + found))
    session = "sqlalchemy" if receiver.type == "sqlalchemy.Query" else "django"
    value = fetched(frame, built, call.node, call.row.shape, session)
    if call.row.word == "404":
        frame.guard(frame.trace.number(), value, call.node, holds=True, refusal="404")
    return value


def get(frame: Frame, call: Invocation) -> Value:
    """``session.get(Model, key)``, ``get_object_or_404(Model, …)``."""
    subject = call.subject
    model = model_of(subject)
    if subject is None or model is None:
        frame.emit(Kind.CALL, call.node)
        return Value(call.text, frozenset(d for each in call.args for d in each.deps))
    query = subject.data if isinstance(subject.data, Query) else Query(model)
    if call.row.name.startswith(("django", "rest_framework")):
        found = conditions(call.rest, call.keywords)
        session = "django"
    else:
        found = _keys(model, call.rest[0]) if call.rest else ()
        session = session_of(call.receiver)
        locked = call.keywords.get("with_for_update")
        if locked is not None and call.constant("with_for_update") is not False:
            query = replace(query, lock="update")
        words = {name for name in ("populate_existing",) if call.constant(name) is True}
        query = replace(query, options=query.options | words)
    query = replace(query, where=query.where + found)
    value = fetched(frame, replace(subject, data=query), call.node, "row", session)
    if call.row.word == "404":
        frame.guard(frame.trace.number(), value, call.node, holds=True, refusal="404")
    return value


_ANSWER = "(answer)"
"""The attribute of a cursor under which its last answer is kept."""


def remembers(frame: Frame, cursor: Value | None) -> bool:
    """Whether an object has run a statement here, and so has an answer."""
    return cursor is not None and f"{cursor.term}.{_ANSWER}" in frame.env


def answered(frame: Frame, call: Invocation) -> Value:
    """What the last statement of a cursor has answered."""
    found = frame.env.get(f"{call.receiver.term}.{_ANSWER}") if call.receiver else None
    return found or Value(call.text, call.receiver.deps if call.receiver else frozenset())


def _parameters(call: Invocation) -> Value | None:
    """What fills the placeholders: one mapping or sequence, or the arguments themselves."""
    given = (*call.rest, *call.keywords.values())
    if not given:
        return None
    if len(given) == 1 and (not call.rest or isinstance(given[0].data, Fields)):
        return given[0]
    if len(given) == 1 and not call.row.word:
        return given[0]
    parts = tuple((str(index), each) for index, each in enumerate(call.rest))
    return Value(call.text, data=Fields((*parts, *call.keywords.items())))


def _keys(model: Model, key: Value) -> tuple[Condition, ...]:
    if isinstance(key.data, Fields) and len(key.data.parts) == len(model.primary):
        pairs = zip(model.primary, (each for _, each in key.data.parts), strict=True)
        return tuple(Condition(name, "=", each.term, each.deps) for name, each in pairs)
    return (Condition(model.primary[0], "=", key.term, key.deps),)


def change(frame: Frame, call: Invocation) -> Value:
    """``queryset.update(…)``."""
    receiver = call.receiver
    if receiver is None or not isinstance(receiver.data, Query):
        return Value(call.text)
    given = dict(call.keywords)
    for each in call.args:
        if isinstance(each.data, Fields):
            given.update(each.data.parts)
    query = replace(receiver.data, values=tuple(given.items()))
    return changed(frame, query, "update", call.node, _session(receiver))


def _session(receiver: Value) -> str:
    return "sqlalchemy" if receiver.type == "sqlalchemy.Query" else "django"


def remove(frame: Frame, call: Invocation) -> Value:
    """``queryset.delete()``, ``row.delete()``."""
    receiver = call.receiver
    if receiver is not None and isinstance(receiver.data, Query):
        return changed(frame, receiver.data, "delete", call.node, _session(receiver))
    if receiver is not None and isinstance(receiver.data, Row):
        model = receiver.data.model
        item = Item("database", model.table, receiver.data.where, receiver.term)
        frame.emit(
            Kind.WRITE, call.node, "delete", item, model=model, session="django", deps=receiver.deps
        )
    return Value(call.text)
