"""The interpreter's memory: summaries, module-level values, and the way to a callee."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tocsin.source.annotations import unwrapped
from tocsin.source.module import Module
from tocsin.source.names import ancestors, inherited, named
from tocsin.source.project import (
    ClassSymbol,
    ExternalSymbol,
    FunctionSymbol,
    ModuleSymbol,
    Place,
    Project,
    Symbol,
    VariableSymbol,
)
from tocsin.static.changing import Changing
from tocsin.static.interpret.abstract import abstracted
from tocsin.static.interpret.frame import Frame
from tocsin.static.mapping import Models
from tocsin.static.models import Model
from tocsin.static.summary import Summary
from tocsin.static.term import parameter
from tocsin.static.value import Class, Constant, Dep, External, Function, Query, Row, Shared, Value
from tocsin.stores.calls.registry import Knowledge

_CONTAINERS = (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp)
_CONTAINER_CALLS = frozenset(
    [
        "dict",
        "list",
        "set",
        "collections.defaultdict",
        "collections.OrderedDict",
        "collections.deque",
        "collections.Counter",
        "weakref.WeakValueDictionary",
        "weakref.WeakKeyDictionary",
        "expiringdict.ExpiringDict",
        *(f"cachetools.{name}Cache" for name in ("", "TTL", "LRU", "LFU", "FIFO", "RR", "TLRU")),
    ]
)
_DEEPEST = 40
_MOST_CONTEXTS = 12
"""Summaries of one function that tell arguments apart; after that only their types count."""
_MOST_LITERAL = 600
"""The same for calls with nothing but literals, as of a loader of classes: source has so many."""

_CUT = Summary(returns=Value("?recursion"))

Arguments = Mapping[str, Value]


@dataclass(slots=True, eq=False)
class Machine:
    """Interprets functions, each once for each kind of arguments."""

    project: Project
    knowledge: Knowledge
    models: Models
    _summaries: dict[tuple[object, ...], Summary] = field(default_factory=dict)
    _variables: dict[tuple[str, str, int], Value] = field(default_factory=dict)
    _running: set[tuple[object, ...]] = field(default_factory=set)
    _contexts: dict[int, int] = field(default_factory=dict)
    _depth: int = 0
    _stored: dict[int, frozenset[str]] = field(default_factory=dict)
    reached: set[Place] = field(default_factory=set)
    classes: dict[str, ClassSymbol] = field(default_factory=dict)
    lasting: dict[tuple[str, str], bool] = field(default_factory=dict)
    statements: dict[str, Query | None] = field(default_factory=dict)
    lambdas: dict[int, tuple[ast.Lambda, ast.FunctionDef]] = field(default_factory=dict)
    changing: Changing = field(init=False)

    def __post_init__(self) -> None:
        self.changing = Changing(self.project)

    def stored(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> frozenset[str]:
        """The names that a function assigns to."""
        found = self._stored.get(id(node))
        if found is None:
            found = self._stored[id(node)] = frozenset(
                each.id
                for each in ast.walk(node)
                if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load)
            )
        return found

    @classmethod
    def of(cls, project: Project, knowledge: Knowledge | None = None) -> Machine:
        knowledge = knowledge or Knowledge.of()
        return cls(project, knowledge, Models(project, knowledge))

    def summary(
        self, function: Function, arguments: Arguments
    ) -> tuple[Summary, Mapping[str, Value]]:
        """What calling the function comes to, and what its parameters stand for here.

        Recursion is cut: a function that is being interpreted has no effects the second time. So is
        one whose expressions are nested deeper than can be followed.
        """
        node = id(function.symbol.node)
        literal = all(isinstance(each.data, Constant) for each in arguments.values())
        most = _MOST_LITERAL if literal else _MOST_CONTEXTS
        coarse = self._contexts.get(node, 0) >= most
        known, bindings = abstracted({**dict(function.closure), **arguments}, coarse=coarse)
        key = (node, tuple(sorted(known.items(), key=lambda each: each[0])))
        self.reached.add(function.symbol.place)
        found = self._summaries.get(key)
        if found is not None:
            return found, bindings
        if key in self._running or self._depth > _DEEPEST:
            return _CUT, bindings
        self._running.add(key)
        self._depth += 1
        try:
            names = {name for name, _ in function.closure}
            found = self._interpret(
                function,
                {name: value for name, value in known.items() if name not in names},
                {name: value for name, value in known.items() if name in names},
            )
        except RecursionError:
            found = _CUT
        finally:
            self._running.discard(key)
            self._depth -= 1
        self._summaries[key] = found
        self._contexts[node] = self._contexts.get(node, 0) + 1
        return found, bindings

    def _interpret(self, function: Function, arguments: Arguments, closure: Arguments) -> Summary:
        from tocsin.static.interpret.statements import interpret

        symbol = function.symbol
        frame = Frame(
            self,
            symbol.module,
            symbol,
            symbol.owner,
            dict(arguments),
            closure,
            given=frozenset(_models(_handed(symbol, arguments))),
        )
        return interpret(frame, symbol.node)

    # Names and types.

    def variable(self, symbol: VariableSymbol) -> Value:
        """The value of a module-level or class-level variable."""
        # Every class has its own Meta, and all of one module have one name.
        key = (symbol.module.path, symbol.qualname, id(symbol.assigned.value))
        found = self._variables.get(key)
        if found is None:
            self._variables[key] = Value(symbol.qualname)  # one that names itself
            found = self._variables[key] = self._variable(symbol)
        return found

    def _variable(self, symbol: VariableSymbol) -> Value:
        from tocsin.static.interpret.expressions import evaluate

        node = symbol.assigned.value
        if node is None:
            if symbol.assigned.annotation is None:
                return Value(symbol.qualname)
            return self.annotated(symbol.module, symbol.assigned.annotation, symbol.qualname)
        if self._is_container(symbol.module, node) and self._changes(symbol, node):
            return Value(symbol.qualname, type="shared", data=Shared(symbol.qualname))
        frame = Frame(self, symbol.module, owner=symbol.owner)
        value = evaluate(frame, node)
        if isinstance(value.data, Constant | Function | Class | External | ModuleSymbol):
            return value
        return Value(symbol.qualname, type=value.type, data=value.data)

    def _changes(self, symbol: VariableSymbol, node: ast.expr) -> bool:
        """Whether requests may see the container change: a table that nobody writes is a constant.

        One that is empty at first is there to be filled, by whatever name.
        """
        if symbol.owner is not None:
            return False
        filled = getattr(node, "elts", None) or getattr(node, "keys", None)
        return not filled or symbol.qualname.rpartition(".")[2] in self.changing

    def _is_container(self, module: Module, node: ast.expr) -> bool:
        if isinstance(node, _CONTAINERS):
            return True
        if isinstance(node, ast.Call):
            found = named(self.project, module, node.func)
            return isinstance(found, ExternalSymbol) and found.name in _CONTAINER_CALLS
        return False

    def symbol(self, symbol: Symbol) -> Value:
        """The value of a name."""
        match symbol:
            case FunctionSymbol():
                return self.function(symbol)
            case ClassSymbol():
                return self.class_(symbol)
            case VariableSymbol():
                return self.variable(symbol)
            case ModuleSymbol():
                return Value(symbol.module.path, data=symbol)
            case ExternalSymbol(name):
                return self.external(name)

    def external(self, name: str) -> Value:
        """Something outside the project; models outside are models."""
        row = self.knowledge.function(name)
        if row is not None and row.act == "make" and self.models.named(row.gives):
            return Value(name, data=External(name))
        model = self.models.named(name)
        if model is not None:
            return Value(name, type=name, data=Class(None, model))
        return Value(name, data=External(name))

    def function(self, symbol: FunctionSymbol) -> Value:
        """A function as its decorators leave it."""
        from tocsin.static.interpret.decorators import decorated

        return decorated(self, symbol)

    def class_(self, symbol: ClassSymbol) -> Value:
        self.classes[symbol.qualname] = symbol
        return Value(symbol.qualname, data=Class(symbol, self.models.of(symbol)))

    def method(self, owner: ClassSymbol, name: str) -> Symbol | None:
        """What a class or its bases bind to a name."""
        return inherited(self.project, owner, name)

    def initialised(self, owner: ClassSymbol, name: str, term: str) -> Value | None:
        """What ``__init__`` puts into an attribute, as far as annotations tell."""
        for each in ancestors(self.project, owner):
            init = self.project.member(each, "__init__") if isinstance(each, ClassSymbol) else None
            if isinstance(init, FunctionSymbol):
                found = self._set_by(init, name, term)
                if found is not None:
                    return found
        return None

    def _set_by(self, init: FunctionSymbol, name: str, term: str) -> Value | None:
        annotations = {
            each.arg: each.annotation
            for each in (*positional(init.node), *init.node.args.kwonlyargs)
        }
        for node in ast.walk(init.node):
            match node:
                case ast.AnnAssign(
                    target=ast.Attribute(value=ast.Name(id="self"), attr=attr),
                    annotation=annotation,
                ) if attr == name:
                    return self.annotated(init.module, annotation, term)
                case ast.Assign(
                    targets=[ast.Attribute(value=ast.Name(id="self"), attr=attr)], value=value
                ) if attr == name:
                    either = value.values if isinstance(value, ast.BoolOp) else [value]
                    for each in either:
                        found = self._made(init.module, each, annotations, term)
                        if found is not None:
                            return found
                case _:
                    pass
        return None

    def _made(
        self,
        module: Module,
        node: ast.expr,
        annotations: Mapping[str, ast.expr | None],
        term: str,
    ) -> Value | None:
        """What an expression gives, by the class that it names."""
        annotation = annotations.get(node.id) if isinstance(node, ast.Name) else None
        if annotation is not None:
            return self.annotated(module, annotation, term)
        if not isinstance(node, ast.Call):
            return None
        symbol = named(self.project, module, node.func)
        if isinstance(symbol, ClassSymbol):
            self.classes[symbol.qualname] = symbol
            return Value(term, type=symbol.qualname)
        if isinstance(symbol, FunctionSymbol):
            return self._answered(module, symbol, node, term)
        if not isinstance(symbol, ExternalSymbol):
            return None
        row = self.knowledge.function(symbol.name)
        return Value(
            term, type=row.gives if row and row.gives else self.knowledge.type(symbol.name)
        )

    def _answered(
        self, module: Module, symbol: FunctionSymbol, node: ast.Call, term: str
    ) -> Value | None:
        """What a function of the project gives: as it says, or as it is read."""
        if symbol.node.returns is not None:
            return self.annotated(symbol.module, symbol.node.returns, term)
        from tocsin.static.interpret.expressions import evaluate

        made = evaluate(Frame(self, module), node)
        return Value(term, type=made.type) if made.type else None

    def annotated(self, module: Module, node: ast.expr, term: str) -> Value:
        """A value of which only the annotation is known."""
        meant = unwrapped(self.project, module, node)
        symbol = self._annotation(*meant) if meant else None
        if isinstance(symbol, ClassSymbol):
            model = self.models.of(symbol)
            if model is not None:
                return self.row(model, term)
            self.classes[symbol.qualname] = symbol
            return Value(term, type=symbol.qualname)
        if isinstance(symbol, ExternalSymbol):
            model = self.models.named(symbol.name)
            if model is not None:
                return self.row(model, term)
            return Value(term, type=self.knowledge.type(symbol.name))
        return Value(term)

    def _annotation(self, module: Module, node: ast.expr) -> Symbol | None:
        return named(self.project, module, node)

    def row(self, model: Model, term: str) -> Value:
        """A row that somebody else has loaded."""
        return Value(term, type=model.name, data=Row(model))

    def opened(self, name: str, value: Value) -> Value:
        """A parameter before any argument is known."""
        return Value(parameter(name), frozenset({Dep(name)}), value.type, value.data)


def _handed(symbol: FunctionSymbol, arguments: Arguments) -> Iterable[Value]:
    """What a function was given besides the object that it is a method of."""
    own = next(iter(positional(symbol.node)), None) if symbol.owner is not None else None
    return (each for name, each in arguments.items() if own is None or name != own.arg)


def _models(values: Iterable[Value]) -> Iterator[str]:
    """The models that a function was handed, as a class or a query."""
    for value in values:
        if isinstance(value.data, Class | Query) and value.data.model is not None:
            yield value.data.model.name


def positional(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Sequence[ast.arg]:
    """The parameters that take positional arguments, in order."""
    return [*node.args.posonlyargs, *node.args.args]
