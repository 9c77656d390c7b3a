"""The interpreter's memory: summaries, module-level values, and the way to a callee."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
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
from tocsin.source.trail import FILE, FUNCTION, Noted
from tocsin.static.changing import Changing
from tocsin.static.interpret.activations import Activations, Known
from tocsin.static.interpret.classes import Classes
from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.watched import Given, Handed, Log, shape
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
_CUT = Summary(returns=Value("?recursion"))

Arguments = Mapping[str, Value]
Defined = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(slots=True, eq=False)
class Machine:
    """Interprets functions, each once for each kind of arguments."""

    project: Project
    knowledge: Knowledge
    models: Models
    _known: dict[tuple[object, ...], Known[Summary]] = field(default_factory=dict)
    _activations: Activations = field(init=False)
    _variables: dict[tuple[str, str, int], Known[Value]] = field(default_factory=dict)
    _decorated: dict[tuple[int, int], Known[Value]] = field(default_factory=dict)
    _stored: dict[int, frozenset[str]] = field(default_factory=dict)
    reached: set[Place] = field(default_factory=set)
    classes: Classes = field(init=False)
    lasting: dict[tuple[str, str], Noted[bool]] = field(default_factory=dict)
    implemented: dict[tuple[ast.ClassDef, str], Noted[tuple[ClassSymbol, FunctionSymbol]]] = field(
        default_factory=dict
    )
    lock_tables: dict[str, Noted[str]] = field(default_factory=dict)
    statements: dict[str, Query | None] = field(default_factory=dict)
    decorators: dict[Defined, Noted[tuple[str, ...]]] = field(default_factory=dict)
    names: dict[Defined, tuple[str, ...]] = field(default_factory=dict)
    varying: dict[Defined, frozenset[str]] = field(default_factory=dict)
    stated: dict[ast.ClassDef, Noted[tuple[FunctionSymbol, ...]]] = field(default_factory=dict)
    lambdas: dict[int, tuple[ast.Lambda, ast.FunctionDef]] = field(default_factory=dict)
    changing: Changing = field(init=False)

    def __post_init__(self) -> None:
        self._activations = Activations(self.project.trail)
        self.changing = Changing(self.project)
        self.classes = Classes(self.models)

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
        symbol = function.symbol
        self.reached.add(symbol.place)
        self.project.trail.look(FUNCTION, *symbol.place)
        self.project.trail.look(FILE, symbol.module.path)
        around = dict(function.closure)
        roots = {**around, **arguments}
        key = (id(symbol.node), shape(roots))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = Known()
        given = Given(roots, known.places, _own(symbol))
        return self._activations.result(
            known, given, lambda log: self._interpret(function, log, around), _CUT
        ), given

    def forget(self) -> None:
        """Nothing more will be asked: leave all that was worked out."""
        self._known.clear()
        self._variables.clear()
        self._decorated.clear()

    @property
    def interpreted(self) -> int:
        """How often a function has been interpreted."""
        return self._activations.made

    def _interpret(self, function: Function, log: Log, around: Arguments) -> Summary:
        from tocsin.static.interpret.statements import interpret

        symbol = function.symbol
        arguments = log.arguments()
        closure = {name: arguments.pop(name) for name in around}
        frame = Frame(
            self, symbol.module, symbol, symbol.owner, arguments, closure, given=Handed(log)
        )
        return interpret(frame, symbol.node)

    # Names and types.

    def variable(self, symbol: VariableSymbol) -> Value:
        """The value of a module-level or class-level variable."""
        # Every class has its own Meta, and all of one module have one name.
        key = (symbol.module.path, symbol.qualname, id(symbol.assigned.value))
        known = self._variables.get(key)
        if known is None:
            known = self._variables[key] = Known()
        itself = Value(symbol.qualname)  # one that names itself
        return self._activations.result(
            known, Given({}, known.places), lambda _: self._variable(symbol), itself
        )

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
        from tocsin.static.interpret.decorators import decorated, plain

        if not symbol.node.decorator_list:
            return plain(symbol)
        key = (id(symbol.node), id(symbol.owner.node) if symbol.owner is not None else 0)
        known = self._decorated.get(key)
        if known is None:
            known = self._decorated[key] = Known()
        return self._activations.result(
            known, Given({}, known.places), lambda _: decorated(self, symbol), plain(symbol)
        )

    def class_(self, symbol: ClassSymbol) -> Value:
        self.classes.add(symbol)
        return Value(symbol.qualname, data=Class(symbol, self.models.of(symbol)))

    def method(self, owner: ClassSymbol, name: str) -> Symbol | None:
        """What a class or its bases bind to a name."""
        return inherited(self.project, owner, name)

    def initialised(self, owner: ClassSymbol, name: str, term: str) -> Value | None:
        """What ``__init__`` puts into an attribute, or entering it does: as annotations tell."""
        line = [each for each in ancestors(self.project, owner) if isinstance(each, ClassSymbol)]
        for method in _SETTING:
            for each in line:
                init = self.project.member(each, method)
                found = self._set_by(init, name, term) if isinstance(init, FunctionSymbol) else None
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
            self.classes.add(symbol)
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
            self.classes.add(symbol)
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


_SETTING = ("__init__", "__enter__", "__aenter__")
"""The methods that give an object its attributes."""


def _own(symbol: FunctionSymbol) -> str:
    """The parameter that stands for the object that a function is a method of."""
    first = next(iter(positional(symbol.node)), None) if symbol.owner is not None else None
    return first.arg if first is not None else ""


def positional(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Sequence[ast.arg]:
    """The parameters that take positional arguments, in order."""
    return [*node.args.posonlyargs, *node.args.args]
