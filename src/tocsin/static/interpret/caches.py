"""Caches that all workers share: what is looked at and changed, by key."""

from __future__ import annotations

from tocsin.static.effect import Item, Kind, Written
from tocsin.static.interpret.calls import Invocation
from tocsin.static.interpret.frame import Frame
from tocsin.static.value import ROWCOUNT, Condition, Constant, Dep, Fields, Value
from tocsin.stores.calls.redis import WATCH


def looked(frame: Frame, call: Invocation) -> Value:
    """``cache.get(key)``: the answer depends on what is there now."""
    key = call.subject
    if key is None:
        return Value(call.text)
    verb = call.row.word or "look"
    lock = WATCH if verb == WATCH else ""
    named = frozenset({call.row.name})
    index = frame.emit(
        Kind.READ, call.node, verb, _item(call, key), lock=lock, deps=key.deps, options=named
    )
    return Value(f"cache[{key.term}]", frozenset({Dep(index)}), sense=1)


def changed(frame: Frame, call: Invocation) -> Value:
    """``cache.set(key, value)``; with ``nx``, and for a TAKE, it looks and changes in one.

    The answer of such a command says who was first.
    """
    key = call.subject
    if key is None:
        return Value(call.text)
    verb = call.row.word or "put"
    if call.constant("nx") is True or call.constant("get") is True:
        verb = "take"
    written = () if verb == "remove" else (_stored(call),)
    named = frozenset({call.row.name})
    item = _item(call, key)
    index = frame.emit(
        Kind.WRITE, call.node, verb, item, written=written, deps=key.deps, options=named
    )
    sense = -1 if call.row.name.endswith(("setnx", "add")) or verb == "take" else 1
    return Value(call.text, frozenset({Dep(index, ROWCOUNT)}), sense=sense)


def _item(call: Invocation, key: Value) -> Item:
    """The key; and, where it is a hash of which the call names one field, that."""
    field = next(iter(call.rest), None) if call.row.shape == "field" else None
    where = (Condition("field", "=", field.term, field.deps),) if field is not None else ()
    return Item("cache", key.term, where, key.term)


def _stored(call: Invocation) -> Written:
    """Everything given besides the key: some commands have a time before the value."""
    every = (*call.rest, *call.keywords.values())
    given = [each for each in every if each is not call.subject]
    first = next((each for each in given if not isinstance(each.data, Fields)), None)
    return Written(
        "",
        frozenset(dep for each in given for dep in each.deps),
        term=first.term if first else "",
        constant=bool(given) and all(isinstance(each.data, Constant) for each in given),
    )
