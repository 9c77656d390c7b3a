"""A copy of an object whose parts are known: the same parts, but for those that are given anew."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace

from tocsin.source.names import ancestors
from tocsin.source.project import ClassSymbol
from tocsin.static.interpret.frame import Frame
from tocsin.static.term import short
from tocsin.static.value import Constant, External, Fields, Value, dep

_METHODS = frozenset({"?.model_copy", "?.copy", "?._replace"})
_DUMPS = frozenset({"?.model_dump", "?.dict"})
FUNCTIONS = frozenset({"copy.copy", "copy.deepcopy", "dataclasses.replace"})


def copied(target: External, keywords: tuple[tuple[str, Value], ...]) -> Value | None:
    """``quote.model_copy(update={"state": paid})``, of an object that is no row."""
    known = target.receiver
    if known is None or target.name not in _METHODS or not isinstance(known.data, Fields):
        return None
    return anew(known, keywords)


def anew(known: Value, keywords: tuple[tuple[str, Value], ...]) -> Value:
    """The object with parts that take the place of its own."""
    given = dict(keywords)
    update = given.pop("update", None)
    given.pop("deep", None)
    if update is not None and isinstance(update.data, Fields):
        given.update(update.data.parts)
    if not isinstance(known.data, Fields) or not given:
        return known
    deps = known.deps.union(*(each.deps for each in given.values()))
    return replace(known, deps=deps, data=Fields((*known.data.parts, *given.items())))


def dumped(frame: Frame, target: External, keywords: Mapping[str, Value]) -> Value | None:
    """``schema.model_dump(exclude={"code"})``: the fields that the class declares, by their names.

    Source: docs.pydantic.dev, "Serialization".
    """
    owner = target.receiver
    symbol = frame.machine.classes.get(owner.type) if owner is not None else None
    if owner is None or symbol is None or target.name not in _DUMPS:
        return None
    parts = owner.data if isinstance(owner.data, Fields) else Fields(())
    left, only = _words(keywords.get("exclude")), _words(keywords.get("include"))
    names = [n for n in field_names(frame, symbol) if n not in left and (not only or n in only)]
    fields = tuple((name, parts.get(name) or field(owner, name)) for name in names)
    return Value(short(f"{owner.term}.dict()"), owner.deps, data=Fields(fields)) if fields else None


def _words(value: Value | None) -> frozenset[str]:
    parts = value.data.parts if value is not None and isinstance(value.data, Fields) else ()
    return frozenset(str(each.data.value) for _, each in parts if isinstance(each.data, Constant))


def field(owner: Value, name: str) -> Value:
    """A field of an object of which nothing else is known."""
    deps = frozenset(dep(each.source, each.column or name) for each in owner.deps)
    return Value(short(f"{owner.term}.{name}"), deps)


def field_names(frame: Frame, symbol: ClassSymbol) -> list[str]:
    """The fields of a dataclass, model or named tuple, base classes first."""
    names: list[str] = []
    for each in reversed(list(ancestors(frame.machine.project, symbol))):
        if isinstance(each, ClassSymbol):
            names += [
                stmt.target.id
                for stmt in each.node.body
                if isinstance(stmt, ast.AnnAssign) and isinstance(stmt.target, ast.Name)
            ]
        else:
            type_ = frame.machine.knowledge.type(each.name)
            names += frame.machine.knowledge.signatures.get(type_, ())
    return list(dict.fromkeys(names))
