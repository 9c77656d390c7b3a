"""Arguments made general: what a summary may depend on is kept, the rest becomes a parameter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tocsin.source.project import ModuleSymbol
from tocsin.static.term import parameter
from tocsin.static.value import (
    Class,
    Column,
    Condition,
    Constant,
    Data,
    Dep,
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

_DEEPEST = 3
_LONGEST = 40


def abstracted(
    given: Mapping[str, Value], *, coarse: bool = False
) -> tuple[dict[str, Value], dict[str, Value]]:
    """Parameters as a function sees them, and what each name in them stands for.

    Types, constants, functions and the shape of statements are kept, so that a summary is as
    precise as if it had been made for this call; terms and dependencies become the parameter's.
    ``coarse`` keeps types, rows and functions only.
    """
    bindings: dict[str, Value] = {}
    if coarse:
        given = {name: _coarse(value) for name, value in given.items()}
    return {name: _value(name, value, bindings, 0) for name, value in given.items()}, bindings


def _coarse(value: Value) -> Value:
    match value.data:
        case Row():
            return replace(value, data=Row(value.data.model, new=value.data.new))
        case Function() | Class() | Shared() | ModuleSymbol():
            return value
        case Query():
            return replace(value, data=Query(value.data.model, value.data.verb))
        case Fields(parts):  # which keywords there are says what is looked for
            return replace(
                value, data=Fields(tuple((name, replace(each, data=None)) for name, each in parts))
            )
        case _:
            return replace(value, data=None)


def _value(name: str, value: Value, bindings: dict[str, Value], depth: int) -> Value:
    if isinstance(value.data, Constant):
        text = value.data.value
        known = not isinstance(text, str | bytes) or len(text) <= _LONGEST
        if known and not value.deps:
            return value
    if value.term.startswith(":") and value.data is None and not value.deps:
        return value  # a placeholder, to be filled
    bindings[name] = value
    data = _data(name, value.data, bindings, depth)
    return Value(parameter(name), frozenset({Dep(name)}), value.type, data, value.sense)


def _data(name: str, data: Data | None, bindings: dict[str, Value], depth: int) -> Data | None:
    match data:
        case Query():
            return replace(
                data,
                where=_where(name, data.where, bindings),
                values=_parts(name, data.values, bindings, depth),
            )
        case Row():
            return replace(data, where=(), values=_parts(name, data.values, bindings, depth))
        case Filter(where):
            return Filter(_where(name, where, bindings))
        case Fields(parts):
            return Fields(_parts(name, parts, bindings, depth)) if depth < _DEEPEST else None
        case Function():
            if depth >= _DEEPEST:
                return None
            bound = data.bound
            return replace(
                data,
                closure=_parts(name, data.closure, bindings, depth),
                bound=_value(f"{name}.self", bound, bindings, depth + 1) if bound else None,
            )
        case External(receiver=Value()) if depth >= _DEEPEST:
            return None
        case External(receiver=Value() as receiver):
            return replace(data, receiver=_value(f"{name}.self", receiver, bindings, depth + 1))
        case Shared(shared, path):
            return Shared(
                shared, tuple(_term(f"{name}/{i}", t, bindings) for i, t in enumerate(path))
            )
        case Constant() | Text():
            return None
        case Class() | Column() | External() | ModuleSymbol() | None:
            return data


def _parts(
    name: str, parts: tuple[tuple[str, Value], ...], bindings: dict[str, Value], depth: int
) -> tuple[tuple[str, Value], ...]:
    if depth >= _DEEPEST:
        return ()
    return tuple((key, _value(f"{name}.{key}", each, bindings, depth + 1)) for key, each in parts)


def _where(
    name: str, where: tuple[Condition, ...], bindings: dict[str, Value]
) -> tuple[Condition, ...]:
    made = []
    for index, each in enumerate(where):
        if each.term.startswith(":") and not each.deps:  # a placeholder, to be filled
            made.append(each)
            continue
        own = f"{name}#{index}"
        bindings[own] = Value(each.term, each.deps)
        deps = frozenset({Dep(own)}) if each.deps else each.deps
        made.append(replace(each, term=parameter(own), deps=deps))
    return tuple(made)


def _term(name: str, term: str, bindings: dict[str, Value]) -> str:
    bindings[name] = Value(term)
    return parameter(name)
