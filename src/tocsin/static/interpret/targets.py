"""Where values go: names, attributes, subscripts; and what that changes for others."""

from __future__ import annotations

import ast
from dataclasses import replace

from tocsin.static.effect import Item, Kind
from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.lasting import lasting
from tocsin.static.interpret.shared import GLOBAL, look, put
from tocsin.static.interpret.sql import KIND
from tocsin.static.interpret.watched import Watched
from tocsin.static.interpret.written import parts_written
from tocsin.static.interpret.written import written as setting
from tocsin.static.term import short
from tocsin.static.uses import MAPPERS
from tocsin.static.value import REST, Constant, Fields, Query, Row, Shared, Value
from tocsin.stores.calls.base import Act
from tocsin.stores.calls.dbapi import TEXT
from tocsin.stores.calls.mongo import KIND as DOCUMENTS


def assign(frame: Frame, target: ast.expr, value: Value, node: ast.AST) -> None:
    """Store a value."""
    match target:
        case ast.Name(id=name):
            known = frame.env.get(name)
            if known is None or isinstance(known, Watched) or known.type != GLOBAL:
                frame.env[name] = value
            else:
                put(frame, known, None, value, node)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for index, each in enumerate(elements):
                inner = each.value if isinstance(each, ast.Starred) else each
                assign(frame, inner, part(value, str(index)), node)
        case ast.Starred(value=inner):
            assign(frame, inner, value, node)
        case ast.Attribute(value=owner, attr=name):
            _attribute(frame, owner, name, value, node)
        case ast.Subscript(value=owner, slice=key):
            _subscript(frame, owner, key, value, node)
        case _:
            pass


def key_of(key: Value) -> str:
    """The name of the part that a key means."""
    return str(key.data.value) if isinstance(key.data, Constant) else key.term


def part(value: Value, name: str) -> Value:
    """One part of a value that has several."""
    if isinstance(value.data, Fields):
        found = value.data.get(name)
        if found is not None:
            return found
    if isinstance(value.data, Row) and value.data.columns and name.isdigit():
        index = int(name)
        if index < len(value.data.columns):
            return column(value, value.data.columns[index])
    if isinstance(value.data, Row) and name in {*value.data.columns, *value.data.model.columns}:
        return column(value, name)
    if isinstance(value.data, Row) and value.data.model.kind == KIND and name.isidentifier():
        return column(value, name)
    data = value.data if isinstance(value.data, Row | Query) else None
    return Value(short(f"{value.term}[{name}]"), value.deps, value.type if data else "", data)


def parts_of(value: Value) -> tuple[tuple[str, Value], ...]:
    """The parts of a container; one of which they are not known, or not all, is a part itself.

    That is so of ``row.settings or {}``, too.
    """
    if isinstance(value.data, Fields) and (value.data.parts or not value.deps):
        return value.data.parts
    return ((REST, value),)


def column(value: Value, name: str) -> Value:
    """A column of a row: its dependencies say which."""
    deps = frozenset(replace(dep, column=name) if not dep.column else dep for dep in value.deps)
    if isinstance(value.data, Row) and value.data.new:
        given = next((each for key, each in value.data.values if key == name), None)
        if given is not None:
            return given
    return Value(short(f"{value.term}.{name}"), deps)


def element(frame: Frame, value: Value, node: ast.AST) -> Value:
    """An element of a collection."""
    from tocsin.static.interpret.queries import fetched

    if isinstance(value.data, Query) and value.data.verb == "select" and value.type != TEXT:
        return fetched(frame, value, node, "rows")
    if isinstance(value.data, Shared):
        look(frame, value, node, "iterate")
        return Value(
            f"{value.term}[…]",
            value.deps,
            "shared",
            Shared(value.data.name, (*value.data.path, "…")),
        )
    if isinstance(value.data, Fields) and value.data.parts:
        from tocsin.static.interpret.statements import merged

        result = value.data.parts[0][1]
        for _, each in value.data.parts[1:8]:
            result = merged(result, each)
        return result
    data = value.data if isinstance(value.data, Row) else None
    sense = value.sense if data else 0
    return Value(short(f"{value.term}[…]"), value.deps, value.type if data else "", data, sense)


def _attribute(frame: Frame, owner: ast.expr, name: str, value: Value, node: ast.AST) -> None:
    from tocsin.static.interpret.calls import Invocation
    from tocsin.static.interpret.expressions import evaluate
    from tocsin.static.interpret.transactions import isolate

    row = evaluate(frame, owner)
    if isinstance(row.data, Row) and row.data.new:
        changed = replace(row.data, values=(*row.data.values, (name, value)))
        _rebind(frame, owner, replace(row, data=changed))
    elif isinstance(row.data, Row):
        set_column(frame, row, name, value, node)
    elif isinstance(row.data, Shared):
        put(frame, row, name, value, node)
    elif (shared := _lasting(frame, row, name)) is not None:
        put(frame, shared, None, value, node)
    elif (known := frame.machine.knowledge.method(row.type, name)) and known.act is Act.ISOLATE:
        isolate(frame, Invocation(known, row, (value,), {}, node))
    elif isinstance(owner, ast.Name):
        parts = row.data.parts if isinstance(row.data, Fields) else ()
        kept = tuple(each for each in parts if each[0] != name)
        if isinstance(row.data, Fields) or row.data is None:
            frame.env[owner.id] = replace(row, data=Fields((*kept, (name, value))))
        else:
            frame.env[f"{row.term}.{name}"] = value  # flask.g
    elif isinstance(owner, ast.Attribute):
        frame.env[f"{row.term}.{name}"] = value  # request.state


def _lasting(frame: Frame, owner: Value, name: str) -> Value | None:
    symbol = frame.machine.classes.get(owner.type)
    return lasting(frame, owner, symbol, name) if symbol is not None else None


def _rebind(frame: Frame, owner: ast.expr, value: Value) -> None:
    if isinstance(owner, ast.Name):
        frame.env[owner.id] = value
    elif isinstance(owner, ast.Attribute):  # form.instance.user = user
        from tocsin.static.interpret.expressions import evaluate

        frame.env[f"{evaluate(frame, owner.value).term}.{owner.attr}"] = value


def is_document(value: Value) -> bool:
    """A row that was loaded from a collection, whose columns nobody has declared."""
    row = value.data
    return isinstance(row, Row) and row.model.kind == DOCUMENTS and not row.new


def set_column(frame: Frame, row: Value, name: str, value: Value, node: ast.AST) -> None:
    """A loaded row is changed in memory."""
    if not isinstance(row.data, Row):
        return
    model = row.data.model
    frame.env[f"{row.term}.{name}"] = value  # what is read again is what was set
    frame.emit(
        Kind.SET,
        node,
        "set",
        Item("database", model.table, row.data.where, row.term),
        model=model,
        written=parts_written(name, value) if model.kind in MAPPERS else (setting(name, value),),
        deps=row.deps,
    )


def _subscript(frame: Frame, owner: ast.expr, key: ast.expr, value: Value, node: ast.AST) -> None:
    from tocsin.static.interpret.expressions import evaluate
    from tocsin.static.interpret.in_place import altered

    container = evaluate(frame, owner)
    index = evaluate(frame, key)
    if isinstance(container.data, Shared):
        put(frame, container, index.term, value, node)
    elif is_document(container) and isinstance(index.data, Constant):
        set_column(frame, container, str(index.data.value), value, node)
    elif isinstance(owner, ast.Attribute | ast.Subscript):
        altered(frame, owner, node, value.deps)
    elif isinstance(owner, ast.Name) and isinstance(container.data, Fields | None):
        parts = parts_of(container)
        name = key_of(index)
        kept = tuple(each for each in parts if each[0] != name)
        if len(kept) < 32:
            frame.env[owner.id] = replace(container, data=Fields((*kept, (name, value))))


def augment(frame: Frame, node: ast.AugAssign) -> None:
    """``x += k``: read, compute, store."""
    from tocsin.static.interpret.expressions import combined, evaluate

    loaded = _loading(node.target)
    value = combined(frame, node, evaluate(frame, loaded), evaluate(frame, node.value))
    assign(frame, node.target, value, node)


def _loading(target: ast.expr) -> ast.expr:
    match target:
        case ast.Name(id=name):
            made: ast.expr = ast.Name(name, ast.Load())
        case ast.Attribute(value=value, attr=name):
            made = ast.Attribute(value, name, ast.Load())
        case ast.Subscript(value=value, slice=key):
            made = ast.Subscript(value, key, ast.Load())
        case _:
            return target
    return ast.copy_location(made, target)


def delete(frame: Frame, target: ast.expr, node: ast.AST) -> None:
    """``del``: of a name nothing, of a shared object's key a write."""
    from tocsin.static.interpret.expressions import evaluate
    from tocsin.static.interpret.in_place import altered

    if isinstance(target, ast.Subscript):
        container = evaluate(frame, target.value)
        if isinstance(container.data, Shared):
            put(frame, container, evaluate(frame, target.slice).term, None, node, verb="remove")
        else:
            altered(frame, target.value, node)
    elif isinstance(target, ast.Name):
        frame.env.pop(target.id, None)
