"""Questions that are asked of arguments, and what they answer.

A question is a path to a value, as ``order.customer``, and what is asked of it: its type, of what
kind its data is, one field of that. An answer can be compared; the parts of a value are not in it,
since they are asked themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import fields

from tocsin.source.project import ModuleSymbol
from tocsin.static.value import (
    Class,
    Column,
    Condition,
    Constant,
    Data,
    External,
    Fields,
    Filter,
    Function,
    Query,
    Row,
    Shared,
    Text,
    Value,
)

Question = tuple[str, str]
Answer = Hashable
Named = tuple[tuple[str, Value], ...]

OWN = "(self)"
"""The part of a method that it is bound to, or called on."""

_LONGEST = 40
"""Longer texts are no words that a function would look for."""


def placeholder(value: Value) -> bool:
    """Whether a value is a name in a statement, to be filled in: it stands for itself."""
    return value.term.startswith(":") and value.data is None and not value.deps


def literal(value: Value) -> bool:
    """Whether a value is written in the source, and short."""
    if value.deps:
        return False
    if value.fixed is not None:
        return value.fixed
    if not isinstance(value.data, Constant):
        return False
    text = value.data.value
    return not isinstance(text, str | bytes) or len(text) <= _LONGEST


def phrase(data: Data | None) -> bool:
    """Whether this is a text of several words, as far as is known: it may be a statement."""
    if isinstance(data, Constant):
        return isinstance(data.value, str) and len(data.value.split(None, 1)) > 1
    return isinstance(data, Text)


def mark(value: Value) -> Answer:
    """What is known of every argument, and of every part of one that is looked at."""
    return value.term if placeholder(value) else literal(value)


def view(value: Value) -> Data | None:
    """What a function may know of an argument's data: of texts nothing, but of short literals."""
    data = value.data
    if isinstance(data, Text) or (isinstance(data, Constant) and not literal(value)):
        return None
    return data


def marks(parts: Named) -> Answer:
    """What is known of each part before it is asked."""
    return tuple((name, mark(each)) for name, each in parts)


def _conditions(where: tuple[Condition, ...]) -> Answer:
    return tuple(
        (
            each.column,
            each.op,
            each.term if open_(each) else "",
            bool(each.deps),
            each.tables,
            each.locks,
        )
        for each in where
    )


def open_(each: Condition) -> bool:
    """Whether a condition's value is still to be filled in."""
    return each.term.startswith(":") and not each.deps


PARTS = frozenset(
    {
        (Query, "values"),
        (Row, "values"),
        (Fields, "parts"),
        (Function, "closure"),
        (External, "keywords"),
    }
)
"""Fields that hold values by name."""

_BY_FIELD: Mapping[tuple[type[Data], str], Callable[..., Answer]] = {
    **dict.fromkeys(PARTS, marks),
    (Query, "where"): _conditions,
    (Filter, "where"): _conditions,
    (Function, "symbol"): lambda symbol: (id(symbol.node), id(symbol.owner and symbol.owner.node)),
    (Function, "bound"): lambda bound: None if bound is None else (mark(bound),),
    (External, "receiver"): lambda own: None if own is None else (mark(own),),
    (Shared, "path"): len,
    (Constant, "value"): lambda value: (type(value), value),
}
"""How fields are compared that hold values, terms, or what is only the same if it is one."""

WHOLE = (Class, Column, ModuleSymbol)
"""Data that is looked at as a whole."""


def whole(data: Data) -> Answer:
    """How data is compared that is looked at as a whole."""
    match data:
        case Class(symbol, model):
            return (id(symbol.node) if symbol else 0, model)
        case ModuleSymbol(module):
            return module.path
        case _:
            return data


def compared(kind: type[Data], name: str, content: object) -> Answer:
    """What a field answers."""
    how = _BY_FIELD.get((kind, name))
    return how(content) if how is not None else content


def names(kind: type[Data]) -> frozenset[str]:
    """The fields of data of a kind."""
    return frozenset(each.name for each in fields(kind))


def models(data: Data | None) -> Iterator[str]:
    """The model that data stands for, as a class or a query."""
    if isinstance(data, Class | Query) and data.model is not None:
        yield data.model.name


def part(value: Value, step: str) -> Value | None:
    """A part by its place: what a condition compares with, a key of a shared object, a value."""
    data, sort, name = value.data, step[0], step[1:]
    if sort == "#" and isinstance(data, Query | Filter):
        each = data.where[int(name)]
        return Value(each.term, each.deps)
    if sort == "/" and isinstance(data, Shared):
        return Value(data.path[int(name)])
    if name == OWN:
        return data.bound if isinstance(data, Function) else getattr(data, "receiver", None)
    return _last(_parts(data), name)


def _parts(data: Data | None) -> Named:
    match data:
        case Query() | Row():
            return data.values
        case Fields():
            return data.parts
        case Function():
            return data.closure
        case External():
            return data.keywords
        case _:
            return ()


def _last(parts: Named, name: str) -> Value | None:
    return next((each for key, each in reversed(parts) if key == name), None)
