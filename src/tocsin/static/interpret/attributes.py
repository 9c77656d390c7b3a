"""``value.name``: columns, relations, methods, properties, fields, constants."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from tocsin.source.names import ancestors, inherited
from tocsin.source.project import (
    ClassSymbol,
    ExternalSymbol,
    FunctionSymbol,
    ModuleSymbol,
    VariableSymbol,
)
from tocsin.static.effect import Item, Kind
from tocsin.static.interpret.abstracts import implemented
from tocsin.static.interpret.decorators import external, is_hybrid, is_property
from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.kept import remembered
from tocsin.static.interpret.lasting import lasting
from tocsin.static.interpret.lookups import identity
from tocsin.static.interpret.origins import named
from tocsin.static.interpret.shared import look
from tocsin.static.interpret.targets import column
from tocsin.static.models import Model, Relation
from tocsin.static.term import short
from tocsin.static.value import (
    Class,
    Column,
    Condition,
    Constant,
    Dep,
    External,
    Fields,
    Function,
    Query,
    Row,
    Shared,
    Value,
)
from tocsin.stores.calls.base import Act, Call
from tocsin.stores.calls.peewee import QUERY as PEEWEE
from tocsin.stores.calls.rest_framework import DATA
from tocsin.stores.calls.sqlalchemy import QUERY

AUTHENTICATED = "authenticate"
QUERYSET = "django.QuerySet"
_QUERIES = {kind: f"{kind}.QuerySet" for kind in ("django", "beanie", "tortoise")}


def attribute(frame: Frame, value: Value, name: str, node: ast.AST) -> Value:
    """An attribute of a value."""
    local = frame.env.get(f"{value.term}.{name}")
    local = local or remembered(frame, f"{value.term}.{name}")
    if local is not None:
        return local
    if name == "_state" and isinstance(value.data, Row):
        return _state(value, value.data)
    if name == "_meta" and (meta := _meta(frame, value)) is not None:
        return meta
    match value.data:
        case ModuleSymbol():
            found = frame.machine.project.attribute(value.data, name)
            return frame.machine.symbol(found) if found else Value(f"{value.term}.{name}")
        case External(name="super"):
            return _super(frame, name)
        case External(name=owner, receiver=None):
            return _outside(frame, owner, name)
        case Class():
            return _of_class(frame, value, value.data, name, node)
        case Function():
            row = frame.machine.knowledge.method("function", name)
            if row is not None:
                return Value(f"{value.term}.{name}", data=External(row.name, value))
        case Row():
            return _of_row(frame, value, value.data, name, node)
        case Fields():
            found_part = value.data.get(name)
            if found_part is not None:
                return found_part
        case Shared():
            row = frame.machine.knowledge.method("shared", name)
            if row is not None:
                return Value(f"{value.term}.{name}", value.deps, data=External(row.name, value))
            return look(frame, value, node, "look", f".{name}")
        case _:
            pass
    return _typed(frame, value, name, node)


def _state(value: Value, row: Row) -> Value:
    """``row._state.adding``: whether the row is new, where that is known."""
    parts: tuple[tuple[str, Value], ...] = ()
    if not row.maybe:
        parts = (("adding", Value(str(row.new), data=Constant(row.new))),)
    return Value(f"{value.term}._state", data=Fields(parts))


def _meta(frame: Frame, value: Value) -> Value | None:
    """``cls._meta``: what forms, serializers and mutations are told by their class ``Meta``."""
    if isinstance(value.data, Row):
        return None  # a model's options, which are something else
    known = value.data.symbol if isinstance(value.data, Class) else None
    owner = known or frame.machine.classes.get(value.type)
    inner = inherited(frame.machine.project, owner, "Meta") if owner is not None else None
    return frame.machine.symbol(inner) if isinstance(inner, ClassSymbol) else None


def _outside(frame: Frame, owner: str, name: str) -> Value:
    row = frame.machine.knowledge.method(owner, name)
    if row is not None and row.act is Act.ATTRIBUTE:
        return Value(f"{owner}.{name}", type=row.gives)
    return frame.machine.external(f"{owner}.{name}")


def _super(frame: Frame, name: str) -> Value:
    own = frame.env.get("self") or frame.closure.get("self") or frame.env.get("cls")
    own = own or Value("self")
    if frame.owner is None:
        return Value(f"super.{name}")
    for each in _above(frame, frame.owner, own):
        if isinstance(each, ClassSymbol):
            found = frame.machine.project.member(each, name)
            if isinstance(found, FunctionSymbol):
                return _bound(frame, found, own)
        else:
            row = _row_of_base(frame, each.name, name)
            if row:
                return Value(f"super.{name}", data=External(row, own))
    return _of_mapper(frame, own, name) or Value(f"super.{name}", data=External(f"?.{name}", own))


def _of_mapper(frame: Frame, own: Value, name: str) -> Value | None:
    """What a model overrides: the mapper's own, below whatever packages are in between."""
    match own.data:
        case Class(model=Model() as model):
            return _of_model_class(frame, own, model, None, name)
        case Row(model=Model() as model):
            row = frame.machine.knowledge.method(f"{model.kind}.Row", name)
            return Value(f"super.{name}", data=External(row.name, own)) if row else None
        case _:
            return None


def _above(frame: Frame, owner: ClassSymbol, own: Value) -> Sequence[ClassSymbol | ExternalSymbol]:
    """What follows the class of a method among the bases of the object: a mixin has none."""
    project = frame.machine.project
    known = frame.machine.classes.get(own.type)
    if isinstance(own.data, Class):
        known = own.data.symbol
    elif isinstance(own.data, Row):
        known = frame.machine.models.symbol(own.data.model)
    for start in filter(None, (known, owner)):
        line = list(ancestors(project, start))
        for place, each in enumerate(line):
            if isinstance(each, ClassSymbol) and each.node is owner.node:
                return line[place + 1 :]
    return ()


def _row_of_base(frame: Frame, base: str, name: str) -> str:
    knowledge = frame.machine.knowledge
    kind = knowledge.mapped.get(base)
    row = knowledge.method(f"{kind}.Row" if kind else knowledge.type(base), name)
    return row.name if row else ""


def _of_class(frame: Frame, value: Value, owner: Class, name: str, node: ast.AST) -> Value:
    model, symbol = owner.model, owner.symbol
    if model is not None:
        found = _of_model_class(frame, value, model, symbol, name)
        if found is not None:
            return found
    if symbol is None:
        return Value(f"{value.term}.{name}")
    inner = inherited(frame.machine.project, symbol, name)
    if isinstance(inner, FunctionSymbol):
        if "classmethod" in external(frame.machine, inner):
            return _bound(frame, inner, value)
        if model is not None and is_hybrid(frame.machine, inner):
            return _property(frame, inner, value, node)
        return frame.machine.function(inner)
    if inner is not None:
        return frame.machine.symbol(inner)
    for each in ancestors(frame.machine.project, symbol):
        if isinstance(each, ExternalSymbol):
            row = frame.machine.knowledge.method(frame.machine.knowledge.type(each.name), name)
            if row is not None and row.act is Act.BUILD:
                return Value(f"{value.term}.{name}", data=External(row.name, value))
    return Value(f"{value.term}.{name}")


def _of_model_class(
    frame: Frame, value: Value, model: Model, symbol: ClassSymbol | None, name: str
) -> Value | None:
    inner = inherited(frame.machine.project, symbol, name) if symbol else None
    if model.kind == "django":
        if name == "through":
            return value
        if name == "USERNAME_FIELD" and inner is None and "username" in model.columns:
            return Value("'username'", data=Constant("username"))
        if name == "DoesNotExist":
            return Value("DoesNotExist", data=External("django.core.exceptions.ObjectDoesNotExist"))
        if name in {"objects", "_default_manager", "_base_manager"} or _is_manager(frame, inner):
            manager = _manager(frame, inner)
            return Value(f"{model.table}.{name}", type=manager, data=Query(model))
        relation = model.relation(name)
        if relation is not None and not relation.own:
            through = frame.machine.models.named(relation.target)
            if through is not None:
                return Value(through.name, data=Class(None, through))
    if model.kind == "peewee" and inner is None and name not in model.columns:
        row = frame.machine.knowledge.method(PEEWEE, name)
        if row is not None:
            table = Value(f"{model.table}", type=PEEWEE, data=Query(model))
            return Value(f"{model.table}.{name}", data=External(row.name, table))
    row = frame.machine.knowledge.method(f"{model.kind}.Model", name) if inner is None else None
    if row is not None and name not in model.columns:
        query = Value(model.table, type=f"{model.kind}.QuerySet", data=Query(model))
        return Value(f"{model.table}.{name}", data=External(row.name, query))
    if name == "query" and model.kind == "sqlalchemy" and not _own(frame, symbol, name):
        return Value(f"{model.table}.query", type=QUERY, data=Query(model))
    columns = {*model.columns, *model.primary}
    if not columns.isdisjoint((name, model.plain(name))) or model.relation(name) is not None:
        return Value(f"{model.table}.{name}", data=Column(model, name))
    return None


def _own(frame: Frame, symbol: ClassSymbol | None, name: str) -> bool:
    """Whether the project binds a name in a class before the library does."""
    for each in ancestors(frame.machine.project, symbol) if symbol else ():
        if isinstance(each, ExternalSymbol):
            if each.name in frame.machine.knowledge.mapped:
                return False
        elif frame.machine.project.member(each, name) is not None:
            return True
    return False


def _is_manager(frame: Frame, inner: object) -> bool:
    return isinstance(inner, VariableSymbol) and bool(_manager(frame, inner, default=""))


def _manager(frame: Frame, inner: object, default: str = QUERYSET) -> str:
    """The type of a manager: the project's class, or Django's own."""
    if not isinstance(inner, VariableSymbol) or not isinstance(inner.assigned.value, ast.Call):
        return default
    from tocsin.source.names import named

    func = inner.assigned.value.func
    if isinstance(func, ast.Call):  # Manager.from_queryset(Query)()
        func = func.args[0] if func.args else func.func
    if isinstance(func, ast.Attribute) and func.attr in {"as_manager", "from_queryset"}:
        func = func.value
    symbol = named(frame.machine.project, inner.module, func)
    if isinstance(symbol, ClassSymbol):
        for each in ancestors(frame.machine.project, symbol):
            if isinstance(each, ExternalSymbol) and _is_queryset(frame, each.name):
                frame.machine.classes.add(symbol)
                return symbol.qualname
    if isinstance(symbol, ExternalSymbol) and _is_queryset(frame, symbol.name):
        return QUERYSET
    return default


def _is_queryset(frame: Frame, name: str) -> bool:
    return frame.machine.knowledge.type(name) == QUERYSET or name.endswith("Manager")


def _of_row(frame: Frame, value: Value, row: Row, name: str, node: ast.AST) -> Value:
    model = row.model
    symbol = frame.machine.models.symbol(model)
    inner = inherited(frame.machine.project, symbol, name) if symbol else None
    if isinstance(inner, FunctionSymbol):
        if is_property(frame.machine, inner):
            return _property(frame, inner, value, node)
        return _bound(frame, inner, value)
    if isinstance(inner, ClassSymbol):
        return frame.machine.symbol(inner)
    method = frame.machine.knowledge.method(f"{model.kind}.Row", name)
    if method is not None and name not in model.columns:
        if method.act is Act.ATTRIBUTE:
            return value
        return Value(f"{value.term}.{name}", value.deps, data=External(method.name, value))
    if name == "__class__":
        return Value(f"type({value.term})", data=Class(symbol, model))
    if name in row.columns:
        return column(value, name)
    relation = frame.machine.models.relation(model, name)
    if relation is not None:
        other = frame.machine.models.named(relation.target)
        if relation.many and other is not None:
            return _children(value, model, relation, other)
        if relation.own or model.kind != "django":
            return _related_row(frame, value, name, other, node)
        if other is not None:
            where = (Condition(relation.column, "=", value.term, value.deps),)
            if relation.single:
                query = Value(f"{value.term}.{name}", data=Query(other, where=where))
                return _fetched(frame, query, node, "row")
            return Value(f"{value.term}.{name}", type=QUERYSET, data=Query(other, where=where))
    if isinstance(inner, VariableSymbol) and name not in model.columns:
        return frame.machine.symbol(inner)
    return column(value, model.primary[0] if name == "pk" else name)


def _children(value: Value, model: Model, relation: Relation, other: Model) -> Value:
    """``order.lines``: the rows that point to this one."""
    key = column(value, model.primary[0])
    where = (Condition(relation.column, "=", identity(key), key.deps),)
    return Value(f"{value.term}.{relation.name}", type=QUERY, data=Query(other, where=where))


def _fetched(frame: Frame, query: Value, node: ast.AST, shape: str) -> Value:
    from tocsin.static.interpret.queries import fetched as run

    return run(frame, query, node, shape)


def _related_row(
    frame: Frame, value: Value, name: str, other: Model | None, node: ast.AST
) -> Value:
    """The row at the other end of a foreign key, which is loaded when it is first asked for."""
    own = column(value, name)
    if other is None:
        return own
    where = (Condition(other.primary[0], "=", own.term, own.deps),)
    index = frame.emit(
        Kind.READ,
        node,
        "lazy",
        Item("database", other.table, where, own.term),
        model=other,
        deps=own.deps,
    )
    deps = own.deps | {Dep(index)}
    return Value(own.term, deps, other.name, Row(other, where))


def _typed(frame: Frame, value: Value, name: str, node: ast.AST) -> Value:
    """An attribute of an object whose class is known by name."""
    knowledge = frame.machine.knowledge
    symbol = frame.machine.classes.get(value.type)
    if symbol is not None:
        found = _of_instance(frame, value, symbol, name, node)
        if found is not None:
            return found
    type_ = value.type
    if isinstance(value.data, Query) and not knowledge.method(type_, name):
        kind = value.data.model.kind if value.data.model else ""
        type_ = _QUERIES.get(kind, QUERY)
        method = _queryset_method(frame, value, name)
        if method is not None:
            return method
    row = knowledge.method(type_, name) if type_ else None
    if row is not None:
        return _known(frame, value, name, row, node)
    deps = frozenset(Dep(dep.source, dep.column or name) for dep in value.deps)
    return Value(short(f"{value.term}.{name}"), deps, data=External(f"?.{name}", value))


def _known(frame: Frame, value: Value, name: str, row: Call, node: ast.AST) -> Value:
    """An attribute, or method, that the tables have a row for."""
    if row.act is Act.ATTRIBUTE and row.gives == DATA:
        from tocsin.static.interpret.serializers import cleaned

        return cleaned(frame, value)
    if row.act is Act.ATTRIBUTE:
        return Value(f"{value.term}.{row.word or name}", value.deps, row.gives)
    if row.act is Act.ORIGIN and row.word == "client":
        return named(frame, value, name, row, node)
    if row.act is Act.IDENTITY:
        return who_asks(frame, row, f"request.{name}", node) or value  # however it is reached
    return Value(f"{value.term}.{name}", value.deps, data=External(row.name, value))


def who_asks(frame: Frame, row: Call, term: str, node: ast.AST) -> Value | None:
    """Who asks: a row that was read when the request was authenticated, and not since."""
    model = frame.machine.models.user(row.store)
    if model is None:
        return None
    where = (Condition(model.primary[0], "=", term),)
    item = Item("database", model.table, where, term)
    session = "django" if model.kind == "django" else "sqlalchemy"
    index = frame.emit(Kind.READ, node, AUTHENTICATED, item, model=model, session=session)
    return Value(term, frozenset({Dep(index)}), model.name, Row(model, where))


def _queryset_method(frame: Frame, value: Value, name: str) -> Value | None:
    """A method of the project on a manager of this model: queries keep their manager's type."""
    symbol = frame.machine.classes.get(value.type)
    found = inherited(frame.machine.project, symbol, name) if symbol else None
    return _bound(frame, found, value) if isinstance(found, FunctionSymbol) else None


def _of_instance(
    frame: Frame, value: Value, symbol: ClassSymbol, name: str, node: ast.AST
) -> Value | None:
    machine = frame.machine
    inner = inherited(machine.project, symbol, name)
    if isinstance(inner, FunctionSymbol):
        own, inner = implemented(machine, symbol, inner)
        if own.node is not symbol.node:
            machine.classes.add(own)
            value = replace(value, type=own.qualname)
        if is_property(machine, inner):
            return _property(frame, inner, value, node)
        return _bound(frame, inner, value)
    if isinstance(inner, VariableSymbol):
        if inner.assigned.annotation is not None and inner.assigned.value is None:
            return machine.annotated(
                inner.module, inner.assigned.annotation, f"{value.term}.{name}"
            ).depending(_columned(value, name))
        return machine.symbol(inner)
    if inner is not None:
        return machine.symbol(inner)
    for each in ancestors(machine.project, symbol):
        if isinstance(each, ExternalSymbol):
            row = machine.knowledge.method(machine.knowledge.type(each.name), name)
            if row is not None:
                return _known(frame, value, name, row, node)
    found = machine.initialised(symbol, name, f"{value.term}.{name}")
    if found is not None and found.type:
        return found
    shared = lasting(frame, value, symbol, name)
    return _looked(frame, shared, node) if shared is not None else found


def _looked(frame: Frame, value: Value, node: ast.AST) -> Value:
    """What a shared attribute holds now: a container to look into, or a value that was read."""
    seen = look(frame, value, node)
    return Value(value.term, seen.deps, value.type, value.data, sense=1)


def _columned(value: Value, name: str) -> frozenset[Dep]:
    return frozenset(Dep(dep.source, dep.column or name) for dep in value.deps)


def _bound(frame: Frame, symbol: FunctionSymbol, value: Value) -> Value:
    made = frame.machine.function(symbol)
    if not isinstance(made.data, Function):
        return made
    if "staticmethod" in external(frame.machine, symbol):
        return made
    data = made.data
    return Value(made.term, value.deps, data=Function(data.symbol, data.closure, value))


def _property(frame: Frame, symbol: FunctionSymbol, value: Value, node: ast.AST) -> Value:
    from tocsin.static.interpret.calls import invoke

    made = Value(symbol.qualname, data=Function(symbol, bound=value))
    return invoke(frame, made, (), {}, node)
