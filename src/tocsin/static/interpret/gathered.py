"""What is put into lists, pairs and mappings, and taken out again.

``zip(rows, numbers)``, ``enumerate(rows)``, ``by_shop[row.shop_id].append(row)``,
``for key, rows in by_shop.items()``. A collection of rows is the row itself, as elsewhere; of what
has parts it is known what its parts are like, not how many there are.
"""

from __future__ import annotations

import ast

from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.targets import element, key_of, part
from tocsin.static.interpret.watched import Watched
from tocsin.static.term import short
from tocsin.static.value import NO_DEPS, REST, Constant, Deps, External, Fields, Row, Value
from tocsin.stores.calls.rest_framework import DATA

PAIRS = frozenset({"zip", "enumerate"})
_GROWING = frozenset({"append", "add"})
_TAKEN = frozenset({"get", "pop", "setdefault"})
MOST = 16
"""More parts of a list or mapping are not kept."""


def alike(term: str, value: Value, deps: Deps = NO_DEPS, sense: int = 0) -> Value:
    """A collection whose elements are like ``value``; of values without parts nothing is kept."""
    deps |= value.deps
    if isinstance(value.data, Row):
        return Value(term, deps, value.type, value.data, sense)
    data = Fields((("0", value),)) if isinstance(value.data, Fields) else None
    return Value(term, deps, data=data, sense=sense)


def paired(
    frame: Frame, name: str, args: tuple[Value, ...], node: ast.AST, term: str
) -> Value | None:
    """What ``zip`` and ``enumerate`` answer, where an element has something that is known."""
    if name == "enumerate":
        args = (Value(f"{term}#"), *args[:1])
    each = [element(frame, value, node) for value in args]
    if not any(isinstance(value.data, Row | Fields) for value in each):
        return None
    return alike(term, _tuple(each), sense=each[-1].sense)


def _tuple(values: list[Value]) -> Value:
    parts = tuple((str(index), value) for index, value in enumerate(values))
    deps = NO_DEPS.union(*(value.deps for value in values))
    return Value(short(f"[{', '.join(value.term for value in values)}]"), deps, data=Fields(parts))


def taken(frame: Frame, target: External, args: tuple[Value, ...], node: ast.AST) -> Value | None:
    """``parts.get("title")``, ``by_shop.items()``: of a mapping whose parts are known."""
    owner, name = target.receiver, target.name.removeprefix("?.")
    if owner is not None and owner.type == DATA and name in _TAKEN and args:
        return part(owner, key_of(args[0]))  # of cleaned data any field has its name
    if owner is None or not isinstance(owner.data, Fields):
        return None
    if name in _TAKEN and args:
        found = owner.data.get(key_of(args[0]))
        return found if found is not None else any_of(frame, owner, args[0], node)
    if name not in {"values", "items"} or args:
        return None
    inner = _either(frame, owner, node)
    if inner is None:
        return None
    term = short(f"{owner.term}.{name}()")
    each = _tuple([Value(f"{term}#"), inner]) if name == "items" else inner
    return alike(term, each, sense=inner.sense)


def any_of(frame: Frame, owner: Value, key: Value, node: ast.AST) -> Value | None:
    """The part of a mapping that a computed key means: one of those that are known."""
    return None if isinstance(key.data, Constant) else _either(frame, owner, node)


def _either(frame: Frame, owner: Value, node: ast.AST) -> Value | None:
    parts = owner.data.parts if isinstance(owner.data, Fields) else ()
    if not parts or any(name == REST for name, _ in parts):
        return None
    found = element(frame, owner, node)
    return found if isinstance(found.data, Row | Fields) else None


def grown(frame: Frame, node: ast.AST, args: tuple[Value, ...]) -> None:
    """``lines.append(row)``, ``by_shop[key].append(row)``, ``….setdefault(key, []).append(row)``.

    What is in a list says nothing of whether it is empty: the tests on the way to it do.
    """
    match node:
        case ast.Call(func=ast.Attribute(value=container, attr=name)) if name in _GROWING and args:
            added = args[-1]
        case _:
            return
    match container:
        case ast.Name(id=known):
            _into(frame, known, added)
        case ast.Subscript(value=ast.Name(id=known), slice=key):
            _below(frame, known, key, added)
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=known), attr="setdefault"), args=[key, *_]
        ):
            _below(frame, known, key, added)
        case _:
            pass


def _into(frame: Frame, name: str, added: Value) -> None:
    known = frame.env.get(name)
    if known is None or isinstance(known, Watched) or not isinstance(known.data, Fields):
        return
    data = _with(known.data, added)
    if data is not None:
        term = short(f"({known.term} | {added.term})")
        frame.env[name] = Value(term, known.deps, known.type, data)


def _with(known: Fields, added: Value) -> Fields | None:
    """A list with one element more."""
    if any(not key.isdigit() for key, _ in known.parts) or len(known.parts) >= MOST:
        return None
    return Fields((*known.parts, (str(len(known.parts)), added)))


def _below(frame: Frame, name: str, key: ast.expr, added: Value) -> None:
    """A list in a mapping has one element more."""
    from tocsin.static.interpret.expressions import evaluate

    known = frame.env.get(name)
    if known is None or isinstance(known, Watched) or not isinstance(added.data, Row | Fields):
        return
    if not isinstance(known.data, Fields | None):
        return
    parts = known.data.parts if known.data is not None else ()
    word = key_of(evaluate(frame, key))
    before = next((value.data for key, value in parts if key == word), None)
    data = _with(before if isinstance(before, Fields) else Fields(()), added)
    if data is not None and len(parts) < MOST:
        kept = tuple(each for each in parts if each[0] != word)
        value = Value(short(f"{known.term}[{word}]"), data=data)
        frame.env[name] = Value(known.term, known.deps, known.type, Fields((*kept, (word, value))))
