"""Serializers and generic views: what they read to validate, and what they store."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from tocsin.source.names import ancestors, inherited
from tocsin.source.project import ClassSymbol, FunctionSymbol, VariableSymbol
from tocsin.static.effect import Item, Kind, ScopeKind
from tocsin.static.interpret.attributes import QUERYSET
from tocsin.static.interpret.calls import Invocation, construct, invoke
from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.handlers import last_name
from tocsin.static.interpret.object_permissions import allowed
from tocsin.static.interpret.queries import fetched, key
from tocsin.static.interpret.rows import FULL
from tocsin.static.interpret.stated import stated
from tocsin.static.interpret.storing import store
from tocsin.static.interpret.targets import part
from tocsin.static.interpret.written import written
from tocsin.static.models import Model
from tocsin.static.value import Class, Condition, Fields, Function, Query, Row, Value
from tocsin.stores.calls.rest_framework import CREATES, DATA

_VALIDATORS = ("validate", "clean")
_SHOWING = ("MethodField", "ReadOnlyField", "HiddenField")


def validate(frame: Frame, call: Invocation) -> Value:
    """``is_valid``: unique columns are looked up, then the project's own ``validate`` runs."""
    serializer = call.receiver
    symbol = _class(frame, serializer)
    if serializer is None or symbol is None:
        return Value(call.text)
    with frame.inside(frame.scope(ScopeKind.VALIDATION)):
        _look_up(frame, call, serializer, symbol)
        _ask(frame, call, serializer, symbol)
    return Value(call.text)


def _look_up(frame: Frame, call: Invocation, serializer: Value, symbol: ClassSymbol) -> None:
    """What the model keeps unique is looked for; the row that is changed is left out."""
    model = _model(frame, symbol)
    for name in _unique(frame, symbol, model) if model else ():
        where = (Condition(name, "=", f"{_data(serializer)}[{name}]"),)
        found = fetched(
            frame, Value(call.text, data=Query(model, where=where)), call.node, "exists"
        )
        number = frame.trace.number()
        frame.guard(number, found, call.node, holds=False, refusal="400")


def _ask(frame: Frame, call: Invocation, serializer: Value, symbol: ClassSymbol) -> None:
    """The project's own validators: those of single fields first, as the libraries do."""
    data = frame.env[_data(serializer)] = _given(frame, serializer, symbol, call)
    for own in _validators(frame, symbol):
        _, _, column = own.node.name.partition("_")
        given = part(data, column) if column else data
        made = Value(own.node.name, data=Function(own, bound=serializer))
        args = (given,) if len(own.node.args.args) > 1 else ()
        invoke(frame, made, args, {}, call.node)
    for each in stated(frame, symbol):
        made = Value(each.qualname, data=Function(each, bound=serializer))
        invoke(frame, made, (data,), {}, call.node)


def cleaned(frame: Frame, serializer: Value) -> Value:
    """What was found right. It depends on all that the form or serializer was made with."""
    whole = _right(frame, serializer)
    if not serializer.deps or not isinstance(whole.data, Fields):
        return whole.depending(serializer.deps)
    parts = tuple(
        (name, each if each.data is not None else each.depending(serializer.deps))
        for name, each in whole.data.parts
    )
    return replace(whole, data=Fields(parts)).depending(serializer.deps)


def _right(frame: Frame, serializer: Value) -> Value:
    """As it was looked up, where that has been seen."""
    symbol = _class(frame, serializer)
    known = frame.env.get(_data(serializer))
    if known is not None:
        return known
    if symbol is None:
        return Value(_data(serializer), type=DATA)
    return _given(frame, serializer, symbol)


def cleaning(frame: Frame, call: Invocation) -> Value:
    """``super().clean()`` of a form: what was found right."""
    return cleaned(frame, call.receiver) if call.receiver is not None else Value(call.text)


def _given(
    frame: Frame, serializer: Value, symbol: ClassSymbol, call: Invocation | None = None
) -> Value:
    """What the client gives, by field; a row, looked up by the call, where it names one."""
    term, related = _data(serializer), dict(_related(frame, symbol))
    parts: list[tuple[str, Value]] = []
    for name in _settable(frame, symbol):
        given = Value(f"{term}[{name}]")
        if name in related:
            given = _named(frame, related[name], given, call)
        parts.append((name, given))
    return Value(term, type=DATA, data=Fields(tuple(parts)) if parts else None)


def _named(frame: Frame, model: Model, given: Value, call: Invocation | None) -> Value:
    query = Query(model, where=(Condition(model.primary[0], "=", given.term),))
    if call is None:
        return Value(key(query), type=model.name, data=Row(model, query.where))
    row = fetched(frame, replace(given, data=query), call.node, "row")
    frame.guard(frame.trace.number(), row, call.node, holds=True, refusal="400")
    return row


def _related(frame: Frame, symbol: ClassSymbol) -> Iterator[tuple[str, Model]]:
    """The fields that name a row of another model, which is looked up."""
    model, models = _model(frame, symbol), frame.machine.models
    for name in _fields(frame, symbol) if model is not None else ():
        relation = models.relation(model, name) if model is not None else None
        other = models.named(relation.target) if relation is not None and relation.own else None
        if other is not None:
            yield name, other


def _validators(frame: Frame, symbol: ClassSymbol) -> list[FunctionSymbol]:
    names = [
        node.name
        for each in ancestors(frame.machine.project, symbol)
        if isinstance(each, ClassSymbol)
        for node in each.node.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith(_VALIDATORS)
    ]
    found = [
        inherited(frame.machine.project, symbol, name)
        for name in sorted(dict.fromkeys(names), key=lambda name: "_" not in name)
    ]
    return [each for each in found if isinstance(each, FunctionSymbol)]


def save(frame: Frame, call: Invocation) -> Value:
    """``save``: the instance is updated, or a row of the model is created."""
    serializer = call.subject if call.row.subject is not None else call.receiver
    symbol = _class(frame, serializer)
    if serializer is None or symbol is None:
        frame.emit(Kind.CALL, call.node)
        return Value(call.text)
    if call.row.word == CREATES:  # super().create(validated_data)
        return _create(frame, call, symbol, call.args[0] if call.args else Value(call.text))
    whole = inherited(frame.machine.project, symbol, "save")
    if call.row.subject is not None and isinstance(whole, FunctionSymbol):
        made = Value(whole.qualname, data=Function(whole, bound=serializer))
        return invoke(frame, made, (), {}, call.node)
    parts = serializer.data if isinstance(serializer.data, Fields) else Fields(())
    row = parts.get("instance")
    if call.constant("commit") is False and row is None:  # the caller stores it
        return _filled(frame, call, symbol, _right(frame, serializer))
    stored = row is not None and isinstance(row.data, Row)
    own = inherited(frame.machine.project, symbol, "update" if stored else "create")
    given = _right(frame, serializer)
    if isinstance(own, FunctionSymbol):
        made = Value(own.qualname, data=Function(own, bound=serializer))
        args = (row, given) if stored and row is not None else (given,)
        return invoke(frame, made, args, {}, call.node)
    if stored and row is not None and isinstance(row.data, Row):
        _update(frame, call, symbol, row, row.data)
        return row
    return _create(frame, call, symbol, given)


def _create(frame: Frame, call: Invocation, symbol: ClassSymbol, given: Value) -> Value:
    """A row of the serializer's model, with what it was given."""
    return store(frame, call, _filled(frame, call, symbol, given))


def _filled(frame: Frame, call: Invocation, symbol: ClassSymbol, given: Value) -> Value:
    """That row, not stored yet."""
    model = _model(frame, symbol)
    if model is None:
        return Value(call.text)
    values = {name: part(given, name) for name in _settable(frame, symbol) if name in model.columns}
    extra = {name: each for name, each in call.keywords.items() if name not in {"self", "commit"}}
    new = Row(model, new=True, values=tuple({**values, **extra}.items()))
    return Value(call.text, type=model.name, data=new)


def _update(frame: Frame, call: Invocation, symbol: ClassSymbol, row: Value, data: Row) -> None:
    """Every declared field is set, and the whole row is saved."""
    names = [name for name in _fields(frame, symbol) if name in data.model.columns]
    frame.emit(
        Kind.WRITE,
        call.node,
        "save",
        Item("database", data.model.table, data.where, row.term),
        model=data.model,
        written=tuple(written(name, Value(f"data.{name}")) for name in names),
        session="django",
        deps=row.deps,
        options=frozenset({FULL}),
    )


def serializer(frame: Frame, call: Invocation) -> Value:
    """``self.get_serializer(…)``: the class that the view names."""
    view = _class(frame, call.receiver)
    found = inherited(frame.machine.project, view, "serializer_class") if view else None
    value = frame.machine.symbol(found) if found is not None else None
    if value is None or not isinstance(value.data, Class):
        return Value(call.text)
    return construct(frame, value.data, value.term, call.args, call.keywords, call.node)


def queryset(frame: Frame, call: Invocation) -> Value:
    """``self.get_queryset()``, and ``self.get_object()``: the row of it that the URL names."""
    view = _class(frame, call.receiver)
    project = frame.machine.project
    own = inherited(project, view, "get_queryset") if view else None
    if isinstance(own, FunctionSymbol) and call.row.shape != "rows":
        made = Value("get_queryset", data=Function(own, bound=call.receiver))
        rows = invoke(frame, made, (), {}, call.node)
    else:
        rows = _named_rows(frame, view) if view else Value("?")
    if call.row.shape == "rows" or not isinstance(rows.data, Query) or rows.data.model is None:
        return rows
    key = Condition(rows.data.model.primary[0], "=", "self.kwargs.pk")
    query = Query(rows.data.model, where=(*rows.data.where, key), lock=rows.data.lock)
    row = fetched(frame, Value(call.text, data=query), call.node, "row")
    frame.guard(frame.trace.number(), row, call.node, holds=True, refusal="404")
    if call.receiver is not None:
        allowed(frame, call.receiver, row, call.node)
    return row


def _named_rows(frame: Frame, view: ClassSymbol) -> Value:
    """The ``queryset`` of a view, or all rows of its ``model``."""
    for name in ("queryset", "model"):
        found = inherited(frame.machine.project, view, name)
        rows = frame.machine.symbol(found) if isinstance(found, VariableSymbol) else Value("?")
        if isinstance(rows.data, Class) and rows.data.model is not None:
            return Value(rows.term, type=QUERYSET, data=Query(rows.data.model))
        if isinstance(rows.data, Query):
            return rows
    return Value("?")


def _class(frame: Frame, value: Value | None) -> ClassSymbol | None:
    return frame.machine.classes.get(value.type) if value is not None else None


def _data(serializer: Value) -> str:
    return f"{serializer.term}.cleaned"


def _meta(frame: Frame, symbol: ClassSymbol, name: str) -> Value | None:
    """``Meta.name`` of a serializer."""
    meta = inherited(frame.machine.project, symbol, "Meta")
    if not isinstance(meta, ClassSymbol):
        return None
    found = inherited(frame.machine.project, meta, name)
    if not isinstance(found, VariableSymbol) or found.assigned.value is None:
        return None
    from tocsin.static.interpret.expressions import evaluate

    return evaluate(Frame(frame.machine, found.module), found.assigned.value)


def _model(frame: Frame, symbol: ClassSymbol) -> Model | None:
    value = _meta(frame, symbol, "model")
    return value.data.model if value and isinstance(value.data, Class) else None


def _settable(frame: Frame, symbol: ClassSymbol) -> tuple[str, ...]:
    """The fields that requests may set, with those columns that the class declares anew."""
    model = _model(frame, symbol)
    listed = _meta(frame, symbol, "fields") if model is not None else None
    shown = _listed(_meta(frame, symbol, "read_only_fields")) if listed is not None else ()
    declared = (
        name
        for name in _listed(listed)
        if model is not None and name in model.columns and name not in {*shown, *model.primary}
        if _asks(inherited(frame.machine.project, symbol, name))
    )
    return (*_fields(frame, symbol), *declared)


def _asks(declared: object) -> bool:
    """Whether a declared field takes what the client sends: ``title = CharField(…)``."""
    match declared:
        case VariableSymbol(assigned=assigned):
            called = assigned.value
        case _:
            return False
    if not isinstance(called, ast.Call) or last_name(called.func).endswith(_SHOWING):
        return False
    return not any(each.arg in {"read_only", "source"} for each in called.keywords)


def _fields(frame: Frame, symbol: ClassSymbol) -> tuple[str, ...]:
    """The fields that requests may set: those of ``Meta`` that the class does not make its own."""
    value = _meta(frame, symbol, "fields")
    model = _model(frame, symbol)
    if value is None or model is None:
        return ()
    shown = {*_listed(_meta(frame, symbol, "read_only_fields")), "id", "pk"}
    every = _listed(value) if isinstance(value.data, Fields) else sorted(model.columns)  # __all__
    return tuple(
        name
        for name in every
        if name not in shown and inherited(frame.machine.project, symbol, name) is None
    )


def _listed(value: Value | None) -> tuple[str, ...]:
    """The names in a list."""
    parts = value.data.parts if value is not None and isinstance(value.data, Fields) else ()
    return tuple(str(getattr(each.data, "value", None)) for _, each in parts)


def _unique(frame: Frame, symbol: ClassSymbol, model: Model | None) -> tuple[str, ...]:
    """The fields that a model serializer looks up because the model keeps them unique."""
    keys = model.unique if model else ()
    single = {next(iter(each)) for each in keys if len(each) == 1}
    single -= {*(model.primary if model else ())}  # no client gives those
    return tuple(name for name in _fields(frame, symbol) if name in single)
