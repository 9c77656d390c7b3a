"""Collections of documents: filters and updates that are written as dictionaries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tocsin.static.effect import Kind
from tocsin.static.indexes import NAMELESS, spelled
from tocsin.static.interpret.calls import Invocation
from tocsin.static.interpret.filters import conditions
from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.queries import fetched, target
from tocsin.static.interpret.rows import insert
from tocsin.static.interpret.targets import column, is_document
from tocsin.static.interpret.transactions import DJANGO
from tocsin.static.interpret.written import written as setting
from tocsin.static.models import Model
from tocsin.static.term import short
from tocsin.static.value import (
    ROWCOUNT,
    Column,
    Constant,
    Dep,
    Fields,
    Query,
    Row,
    Value,
)

_RELATIVE = frozenset({"$inc", "$mul", "$min", "$max", "$push", "$pull", "$addToSet", "$pop"})


def changes(value: Value | None, word: str) -> tuple[tuple[str, Value], ...]:
    """The fields that an update sets, and whether the database calculates them."""
    parts = value.data.parts if value is not None and isinstance(value.data, Fields) else ()
    if word == "inc":
        return tuple((name, _relative(name, each)) for name, each in parts)
    if word != "update":
        return parts
    found: list[tuple[str, Value]] = []
    for operator, each in parts:
        inner = each.data.parts if isinstance(each.data, Fields) else ()
        for name, given in inner:
            relative = operator in _RELATIVE
            found.append((name, _relative(name, given) if relative else given))
    return tuple(found)


def _all_changes(given: Iterable[Value | None], word: str) -> tuple[tuple[str, Value], ...]:
    """Of several operators, those of each: ``update(Set(…), Inc(…))``."""
    first, *others = given
    more = [each for each in others if each is not None and _operators(each)]
    return tuple(found for each in (first, *more) for found in changes(each, word))


def _operators(value: Value) -> bool:
    """Whether a document says what to do with fields."""
    parts = value.data.parts if isinstance(value.data, Fields) else ()
    return bool(parts) and all(name.startswith("$") for name, _ in parts)


def operator(frame: Frame, call: Invocation) -> Value:
    """``Inc({Customer.wallet: 10})``, which is ``{"$inc": {"wallet": 10}}``."""
    if call.subject is None:
        return Value(call.text)
    return Value(call.text, call.subject.deps, data=Fields(((call.row.word, call.subject),)))


def _relative(name: str, value: Value) -> Value:
    return Value(value.term, value.deps, data=Column(None, name, relative=True))


def model(frame: Frame, receiver: Value | None) -> Model:
    """The collection that a receiver is, known by the last of its names."""
    term = receiver.term if receiver is not None else ""
    name = spelled(term)
    if name in NAMELESS:
        owner = frame.owner.qualname if frame.owner is not None else frame.module.path
        name = f"{owner}.{name}"
    return frame.machine.models.collection(name)


def _query(frame: Frame, call: Invocation) -> tuple[Query, str, tuple[Value, ...]]:
    """The documents that are meant, a name for them where they are one, and what else is given."""
    receiver = call.receiver
    match receiver.data if receiver is not None else None:
        case Query() as query:
            return query, "", call.args
        case Row(model=owner, where=where) if receiver is not None:
            return Query(owner, where=where), receiver.term, call.args
        case _:
            given = call.args[0] if call.args else call.keywords.get("filter")
            query = Query(model(frame, receiver), where=conditions(given))
            return query, "", call.args[1:]


def session(keywords: Mapping[str, Value]) -> str:
    """Which session an operation is part of; each of the others commits by itself."""
    given = keywords.get("session")
    return given.term if given is not None else DJANGO


def find(frame: Frame, call: Invocation) -> Value:
    """``collection.find_one(filter)``."""
    query, _, _ = _query(frame, call)
    value = Value(call.text, data=query)
    return fetched(frame, value, call.node, call.row.shape, session(call.keywords))


def modify(frame: Frame, call: Invocation) -> Value:
    """``update_one(filter, update)``, ``find_one_and_delete(filter)``, ``order.inc(fields)``."""
    query, row, given = _query(frame, call)
    word = call.row.word
    named = call.keywords.get("update") or call.keywords.get("replacement")
    values = _all_changes(given or (named,), word) if word != "delete" else ()
    receiver = call.receiver
    deps = receiver.deps if row and receiver is not None else frozenset()
    again = given[0] if given else named
    verb = "delete" if word == "delete" else "update"
    if again is not None and is_document(again):  # what was set on it, here or by a caller
        verb, row, deps = "save", again.term, deps | again.deps
    index = frame.emit(
        Kind.WRITE,
        call.node,
        verb,
        target(query, row),
        model=query.model,
        written=tuple(setting(name, value) for name, value in values),
        session=session(call.keywords),
        deps=deps | frozenset(dep for each in query.where for dep in each.deps),
    )
    answer = frozenset({Dep(index, ROWCOUNT)})
    if call.row.shape != "row" or query.model is None:
        return Value(call.text, answer, sense=1)
    return Value(call.text, answer, query.model.name, Row(query.model, query.where), sense=1)


def store(frame: Frame, call: Invocation) -> Value:
    """``collection.insert_one(document)``."""
    owner = model(frame, call.receiver)
    subject = call.subject
    parts = subject.data.parts if subject is not None and isinstance(subject.data, Fields) else ()
    several = bool(parts) and parts[0][0].isdigit()
    documents = [each for _, each in parts] if several else [subject] if subject else []
    for each in documents:
        values = each.data.parts if isinstance(each.data, Fields) else ()
        name = short(f"{owner.table}@{getattr(call.node, 'lineno', 0)}")
        own = session(call.keywords)
        insert(frame, call.node, owner, values, own, term=name, deps=each.deps)
    return Value(call.text)


def field(frame: Frame, call: Invocation) -> Value:
    """``document.get("status")``: one of its fields."""
    key = call.args[0] if call.args else None
    if call.receiver is None or key is None or not isinstance(key.data, Constant):
        return Value(call.text, call.receiver.deps if call.receiver else frozenset())
    return column(call.receiver, str(key.data.value))
