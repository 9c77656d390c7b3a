"""One trace for each entry: what runs before the function, what is injected, the function."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from tocsin.frameworks.routes.base import Entry, Routes
from tocsin.source.names import ancestors
from tocsin.source.project import ClassSymbol, ExternalSymbol, FunctionSymbol
from tocsin.static.effect import REFUSED, Effect, Item, Kind, Scope, ScopeKind
from tocsin.static.interpret.calls import construct, invoke
from tocsin.static.interpret.decorators import external, plain
from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.handlers import last_name
from tocsin.static.interpret.kept import left
from tocsin.static.interpret.machine import Machine
from tocsin.static.interpret.responses import HANDLED
from tocsin.static.models import Model
from tocsin.static.settings import USUAL, Settings
from tocsin.static.value import Class, Data, Dep, Fields, Function, Query, Row, Value
from tocsin.stores.calls.credentials import CLAIMS
from tocsin.stores.calls.guard import ATOMIC_VIEWS

GIVEN = "given"
"""The verb of a read that has happened before the entry, and is not seen."""

_DEEPEST = 12
_HANDLER = "handle_exception"
"""What REST framework calls with what a view has raised."""

_NOT_ATOMIC = "django.db.transaction.non_atomic_requests"


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Everything a request does, in order. ``cut`` when there was more than is kept.

    ``start`` is where the function itself begins: hooks, permissions and what is injected are
    before. ``copies`` are reads, by index and column, of which they have handed on a copy.
    """

    entry: Entry
    effects: tuple[Effect, ...]
    cut: bool = False
    start: int = 0
    copies: frozenset[tuple[int, str]] = frozenset()


def trace(
    machine: Machine, entry: Entry, routes: Mapping[str, Routes], settings: Settings = USUAL
) -> Trace:
    """Compose an entry's trace."""
    frame = Frame(machine, entry.function.module)
    run = _Run(machine, routes.get(entry.framework), frame, dict(entry.typed), entry.function)
    run.path, run.rows = entry.endpoint, entry.rows
    for symbol in entry.before:
        if frame.live:
            run.call(symbol)
    for symbol in entry.permissions:
        if frame.live:
            allowed = run.call(symbol)
            frame.guard(frame.trace.number(), allowed, symbol.node, holds=True, refusal="403")
    if entry.after:
        frame.emit(Kind.RESPOND, entry.function.node, HANDLED)
    if frame.live:
        everywhere = settings.atomic and entry.routed and entry.framework == "django"
        with frame.inside(*_answered(frame, entry)):
            run.whole(entry, atomic=everywhere or _atomic_view(machine, entry))
    return Trace(
        entry, tuple(frame.trace.effects), frame.trace.cut, run.start, frozenset(run.copies)
    )


def _atomic_view(machine: Machine, entry: Entry) -> bool:
    """Whether a base of the view makes each request one transaction."""
    view = entry.receiver or entry.function.owner
    bases = ancestors(machine.project, view) if view is not None else ()
    return any(isinstance(each, ExternalSymbol) and each.name in ATOMIC_VIEWS for each in bases)


def _answered(frame: Frame, entry: Entry) -> Iterator[Scope]:
    """The errors of the database that a view's own ``handle_exception`` answers."""
    view = entry.receiver or entry.function.owner
    handler = frame.machine.method(view, _HANDLER) if view is not None else None
    if not isinstance(handler, FunctionSymbol):
        return
    for node in ast.walk(handler.node):
        match node:
            case ast.Call(func=ast.Name(id="isinstance"), args=[_, asked]):
                names = {last_name(each) for each in ast.walk(asked) if isinstance(each, ast.expr)}
                if names & REFUSED:
                    yield frame.scope(ScopeKind.TRY, caught=tuple(sorted(names & REFUSED)))
            case _:
                pass


@dataclass(slots=True, eq=False)
class _Run:
    """The framework's part: filling parameters, each provider once in a request."""

    machine: Machine
    routes: Routes | None
    frame: Frame
    typed: Mapping[str, str]
    entry: FunctionSymbol
    provided: dict[int, Value] = field(default_factory=dict)
    path: str = ""
    start: int = 0
    copies: set[tuple[int, str]] = field(default_factory=set)
    rows: tuple[tuple[str, ClassSymbol], ...] = ()

    def whole(self, entry: Entry, *, atomic: bool) -> None:
        """The entry's function; in one transaction, where settings or the view say so."""
        if not atomic or _NOT_ATOMIC in external(self.machine, entry.function):
            self.call(entry.function, entry.receiver)
            return
        node, session = entry.function.node, entry.framework
        with self.frame.inside(self.frame.scope(ScopeKind.TRANSACTION, session)):
            self.frame.emit(Kind.BEGIN, node, session=session)
            self.call(entry.function, entry.receiver)
        self.frame.emit(Kind.COMMIT, node, session=session)

    def call(
        self, symbol: FunctionSymbol, receiver: ClassSymbol | None = None, depth: int = 0
    ) -> Value:
        function = self.machine.function(symbol)
        data = function.data if isinstance(function.data, Function) else plain(symbol).data
        arguments = self._arguments(symbol, depth)
        node = symbol.node
        if symbol.owner is not None:
            arguments.setdefault(_first(node), self._receiver(receiver or symbol.owner))
        for name, type_ in self.typed.items():
            if name in parameters(node) and name not in arguments:
                arguments[name] = Value(name, type=type_)
        self._claims(symbol, arguments, depth)
        if symbol is self.entry:
            arguments.update(self._rows(node))
        for each in parameters(node):  # what the client sends is named by its parameter
            if each not in arguments:
                arguments[each] = self._parameter(symbol, each)
        if not isinstance(node, ast.AsyncFunctionDef) and self.routes and depth:
            self.frame.emit(Kind.AWAIT, node)  # a plain function is run in a thread
        arguments = {name: self._loaded(each, node) for name, each in arguments.items()}
        data = self._surrounded(data, node)
        target = Value(function.term, data=data)
        if not depth:
            self.start = len(self.frame.trace.effects)
        answer = invoke(self.frame, target, (), arguments, node)
        if symbol is not self.entry:
            self._copied(answer)
        return answer

    def _rows(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[str, Value]]:
        """The parameters that whoever calls the entry fills with rows."""
        for name, owner in self.rows:
            model = self.machine.models.of(owner) if name in parameters(node) else None
            if model is not None:
                yield name, self.machine.row(model, name)

    def _copied(self, answer: Value) -> None:
        """Columns that are handed on as values, in an answer or on an object of the request."""
        parts = answer.data.parts if isinstance(answer.data, Fields) else ()
        for _, each in (*parts, *left(self.frame)):
            if not isinstance(each.data, Row):
                self.copies |= {
                    (dep.source, dep.column)
                    for dep in each.deps
                    if isinstance(dep.source, int) and dep.column
                }

    def _claims(self, symbol: FunctionSymbol, known: Mapping[str, Value], depth: int) -> None:
        """What a provider is not given, it takes from the query: even who asks."""
        if not depth or self.routes is None:
            return
        taken = {each.arg for each in late(symbol.node)}
        for name in parameters(symbol.node):
            told = name in known or name in taken or f"{{{name}" in self.path
            if name in CLAIMS and not told and _plain(_annotation(symbol.node, name)):
                self.frame.emit(Kind.CLAIM, symbol.node, name)

    def _surrounded(
        self, data: Data | None, node: ast.FunctionDef | ast.AsyncFunctionDef
    ) -> Data | None:
        """A function with the names around it that the framework has given."""
        own = {*parameters(node), *(n for n in self.typed if "." in n)}
        around = tuple((n, Value(n, type=t)) for n, t in self.typed.items() if n not in own)
        if not around or not isinstance(data, Function):
            return data
        return replace(data, closure=(*data.closure, *around))

    def _parameter(self, symbol: FunctionSymbol, name: str) -> Value:
        """What is known of a parameter: its annotation, or the model that it is named after."""
        annotation = _annotation(symbol.node, name)
        if annotation is not None:
            return self.machine.annotated(symbol.module, annotation, name)
        if not self.machine.models.kinship.knows(name):
            return Value(name)
        used = _attributes(symbol.node, name)
        model = self.machine.models.meant(name) if used else None
        if model is None or not self._fits(model, used):
            return Value(name)
        return self.machine.row(model, name)

    def _fits(self, model: Model, used: frozenset[str]) -> bool:
        """Whether a row of the model has all the attributes that are asked of it."""
        models = self.machine.models
        symbol = models.symbol(model)
        own = {each for each in used if each in model.columns or model.relation(each)}
        return bool(own) and all(
            each in own
            or (symbol is not None and self.machine.method(symbol, each) is not None)
            or self.machine.knowledge.method(f"{model.kind}.Row", each) is not None
            or each in {"id", "pk"}
            or models.relation(model, each) is not None
            for each in used
        )

    def _loaded(self, value: Value, node: ast.AST) -> Value:
        """A row that is handed in was read before, by whoever calls."""
        row = value.data
        if value.deps or not isinstance(row, Row) or row.new:
            return value
        item = Item("database", row.model.table, row.where, value.term)
        index = self.frame.emit(Kind.READ, node, GIVEN, item, model=row.model)
        return value.depending(frozenset({Dep(index)}))

    def _arguments(self, symbol: FunctionSymbol, depth: int) -> dict[str, Value]:
        if self.routes is None or depth > _DEEPEST:
            return {}
        given: dict[str, Value] = {}
        for each in self.routes.injected(self.machine.project, symbol):
            if not self.frame.live:
                break
            provider = each.provider
            known = self.provided.get(id(provider.node))
            if known is None:
                known = self._provide(provider, depth + 1)
                self.provided[id(provider.node)] = known
            given[each.parameter] = self._typed(symbol, each.parameter, known)
        return given

    def _typed(self, symbol: FunctionSymbol, name: str, value: Value) -> Value:
        """Where the provider says nothing of the class, the parameter's annotation does."""
        annotation = _annotation(symbol.node, name)
        if value.type or value.data is not None or annotation is None:
            return value
        typed = self.machine.annotated(symbol.module, annotation, value.term)
        return Value(value.term, value.deps, typed.type, typed.data)

    def _provide(self, provider: FunctionSymbol | ClassSymbol, depth: int) -> Value:
        if isinstance(provider, FunctionSymbol):
            return self.call(provider, depth=depth)
        init = self.machine.method(provider, "__init__")
        keywords = self._arguments(init, depth) if isinstance(init, FunctionSymbol) else {}
        if isinstance(init, FunctionSymbol):
            self._claims(init, keywords, depth)
        made = self.machine.class_(provider)
        owner = made.data if isinstance(made.data, Class) else Class(provider)
        return construct(self.frame, owner, made.term, (), keywords, provider.node)

    def _receiver(self, owner: ClassSymbol) -> Value:
        owner = self.machine.models.concrete(owner)
        self.machine.class_(owner)
        model = self.machine.models.of(owner)
        if model is not None:
            row = self.machine.row(model, "self")
            # Whether save() adds a row or stores one again is its caller's matter.
            if isinstance(row.data, Row) and self.entry.node.name == "save":
                return replace(row, data=replace(row.data, maybe=True))
            return row
        managed = self.machine.models.managed(owner)
        if managed is not None:
            return Value("self", type=owner.qualname, data=Query(managed))
        known = tuple(
            (name.removeprefix("self."), Value(name, type=type_))
            for name, type_ in self.typed.items()
            if name.startswith("self.")
        )
        return Value("self", type=owner.qualname, data=Fields(known) if known else None)


def _attributes(node: ast.AST, name: str) -> frozenset[str]:
    """The attributes of a name that a function uses."""
    return frozenset(
        each.attr
        for each in ast.walk(node)
        if isinstance(each, ast.Attribute)
        and isinstance(each.value, ast.Name)
        and each.value.id == name
    )


def late(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.arg]:
    """The parameters that have a default."""
    arguments = node.args
    plain_ = [*arguments.posonlyargs, *arguments.args]
    yield from plain_[len(plain_) - len(arguments.defaults) :]
    for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            yield each


def _plain(annotation: ast.expr | None) -> bool:
    """Whether a framework takes it from the query: a class of values, without metadata."""
    return isinstance(annotation, ast.Name) and annotation.id in {"str", "int", "bool", "UUID"}


def parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """The names of what a function is given."""
    arguments = node.args
    plain_ = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    return [*plain_, *(each.arg for each in arguments.kwonlyargs)]


def _first(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    return next(iter(parameters(node)), "self")


def _annotation(node: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> ast.expr | None:
    arguments = node.args
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    return next((each.annotation for each in every if each.arg == name), None)
