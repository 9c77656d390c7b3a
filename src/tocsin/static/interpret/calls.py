"""Calls: who is called, which parameter is which, and what comes back."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace

from tocsin.source.names import inherited
from tocsin.source.project import FunctionSymbol
from tocsin.static.effect import Kind, ScopeKind
from tocsin.static.interpret.copies import copied, dumped, field_names
from tocsin.static.interpret.decorators import external
from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.handlers import last_name
from tocsin.static.interpret.kept import around, carry
from tocsin.static.interpret.operators import condition
from tocsin.static.term import short
from tocsin.static.value import REST, Class, Constant, External, Fields, Function, Row, Value
from tocsin.static.words import looks, says
from tocsin.stores.calls.base import Act, Call
from tocsin.stores.calls.telling import IDLE, LOOKS, SAYS, TELLS

Keywords = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call of something that the tables know."""

    row: Call
    receiver: Value | None
    args: tuple[Value, ...]
    keywords: Keywords
    node: ast.AST

    @property
    def subject(self) -> Value | None:
        """What is acted upon: an argument, or the receiver."""
        index = self.row.subject
        if index is None:
            return self.receiver
        if index < len(self.args):
            return self.args[index]
        return next(iter(self.keywords.values()), None)

    @property
    def rest(self) -> tuple[Value, ...]:
        """The positional arguments after the subject."""
        return self.args[(self.row.subject + 1) if self.row.subject is not None else 0 :]

    def constant(self, name: str) -> object:
        """The literal given for a keyword; ``None`` if there is none."""
        value = self.keywords.get(name)
        return value.data.value if value and isinstance(value.data, Constant) else None

    @property
    def text(self) -> str:
        """A name for the result."""
        owner = f"{self.receiver.term}." if self.receiver else ""
        return short(
            f"{owner}{self.row.name.rpartition('.')[2]}({', '.join(v.term for v in self.args)})"
        )


def call(frame: Frame, node: ast.Call) -> Value:
    """A call expression."""
    from tocsin.static.interpret.expressions import evaluate

    function = evaluate(frame, node.func)
    args, keywords = arguments(frame, node)
    return invoke(frame, function, args, keywords, node)


def arguments(frame: Frame, node: ast.Call) -> tuple[tuple[Value, ...], dict[str, Value]]:
    """The evaluated arguments; ``*args`` and ``**kwargs`` are spread as far as known."""
    from tocsin.static.interpret.expressions import evaluate
    from tocsin.static.interpret.texts import stated

    args: list[Value] = []
    for each in node.args:
        if isinstance(each, ast.Starred):
            value = evaluate(frame, each.value)
            if isinstance(value.data, Fields):
                args += [item for _, item in value.data.parts]
            continue
        args.append(stated(frame, evaluate(frame, each)))
    keywords: dict[str, Value] = {}
    for keyword in node.keywords:
        value = stated(frame, evaluate(frame, keyword.value))
        if keyword.arg is not None:
            keywords[keyword.arg] = value
        elif isinstance(value.data, Fields):
            named = {each.arg for each in node.keywords}  # given by name: it is not among the rest
            keywords.update(each for each in value.data.parts if each[0] not in named)
        else:
            keywords[REST] = value
    return tuple(args), keywords


def invoke(
    frame: Frame, function: Value, args: tuple[Value, ...], keywords: Keywords, node: ast.AST
) -> Value:
    """Call a value."""
    match function.data:
        case Function():
            return _function(frame, function.data, args, keywords, node)
        case Class():
            return construct(frame, function.data, function.term, args, keywords, node)
        case External(name="super"):
            return function
        case External():
            return _external(frame, function.data, args, keywords, node)
        case _:
            pass
    symbol = frame.machine.classes.get(function.type)
    if symbol is not None:
        inner = inherited(frame.machine.project, symbol, "__call__")
        if isinstance(inner, FunctionSymbol):
            bound = Function(inner, bound=function)
            return _function(frame, bound, args, keywords, node)
    row = frame.machine.knowledge.method(function.type, "__call__") if function.type else None
    if row is not None:
        return act(frame, Invocation(row, function, args, keywords, node))
    return unknown(frame, function, args, keywords, node)


def _idle(node: ast.AST) -> bool:
    """Whether what is called makes an object, by its name, or is a method of a plain value."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name)) if name in IDLE:
            return True
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            return name[:1].isupper() and not name.isupper()
        case _:
            return False


def manner(node: ast.AST) -> str:
    """Whether what is called only says something, or looks something up, by its name.

    Of a job it is the name of what is begun: ``send_mail.delay(…)``, ``defer(send_mail, …)``.
    """
    match node:
        case ast.Call(func=function, args=args):
            names = [name for each in (function, *args[:1]) for name in _names(each)]
            if any(map(says, names)):
                return SAYS
            return LOOKS if looks(last_name(function)) else ""
        case _:
            return ""


def _names(node: ast.AST) -> tuple[str, ...]:
    """The words of a dotted name, or of a text that may be one."""
    match node:
        case ast.Name(id=name):
            return (name,)
        case ast.Attribute(value=inner, attr=name):
            return (*_names(inner), name)
        case ast.Constant(value=str(text)) if text.replace(".", "_").isidentifier():
            return tuple(text.split("."))
        case _:
            return ()


def unknown(
    frame: Frame, function: Value, args: tuple[Value, ...], keywords: Keywords, node: ast.AST
) -> Value:
    """A call of which nothing is known: others may run, its answer may depend on anything given."""
    frame.emit(Kind.CALL, node, TELLS if _idle(node) else manner(node))
    from tocsin.static.interpret.in_place import called

    given = (*args, *keywords.values())
    for each in given:
        _called_back(frame, each, node)
    frame.suspends = True
    deps = frozenset(d for each in (function, *given) for d in each.deps)
    called(frame, node, args, deps)
    return Value(short(f"{function.term}({', '.join(each.term for each in args)})"), deps)


def _called_back(frame: Frame, value: Value, node: ast.AST) -> None:
    """A function that was made here, to be handed to code that nobody knows, is called by it."""
    if isinstance(value.data, Function) and value.data.closure and value.data.bound is None:
        before = frame.live, frame.guards
        _function(frame, value.data, (), {}, node)
        frame.live, frame.guards = before


def bind(
    symbol: FunctionSymbol, bound: Value | None, args: tuple[Value, ...], keywords: Keywords
) -> dict[str, Value]:
    """Arguments by the names of the parameters."""
    arguments = symbol.node.args
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    given = (bound, *args) if bound is not None else args
    result = dict(zip(names, given, strict=False))
    if arguments.vararg is not None and len(given) > len(names):
        rest = given[len(names) :]
        parts = tuple((str(index), each) for index, each in enumerate(rest))
        result[arguments.vararg.arg] = Value(arguments.vararg.arg, data=Fields(parts))
    known = {*names, *(each.arg for each in arguments.kwonlyargs)}
    extra = []
    for name, value in keywords.items():
        if name in known:
            result.setdefault(name, value)  # given by its place: it is not among the rest
        else:
            extra.append((name, value))
    if arguments.kwarg is not None and extra:
        result[arguments.kwarg.arg] = Value(arguments.kwarg.arg, data=Fields(tuple(extra)))
    return result


def _function(
    frame: Frame, function: Function, args: tuple[Value, ...], keywords: Keywords, node: ast.AST
) -> Value:
    """A function of the project: its effects become ours."""
    from tocsin.static.interpret.loaders import loaded
    from tocsin.static.interpret.remembering import keeps, remember
    from tocsin.static.interpret.storing import settle

    symbol = function.symbol
    known = around(frame)
    if known:
        function = replace(function, closure=(*known, *function.closure))
    summary, bindings = frame.machine.summary(
        function, bind(symbol, function.bound, args, keywords)
    )
    frame.suspends = False
    first = len(frame.trace.effects)
    planted = frame.graft(summary, bindings, node)
    if _is_transaction(frame, symbol):
        with frame.inside(frame.scope(ScopeKind.TRANSACTION, "django")):
            planted.carried.scopes = frame.scopes
            planted.effects()
        frame.emit(Kind.COMMIT, node, session="django")
    else:
        planted.effects()
    if keeps(frame, symbol):
        remember(frame, first)
    settle(frame, first)
    planted.passed()
    carry(frame, summary, planted.carried.bindings)
    value = planted.value()
    if summary.yields is not None:
        return planted.carried.bindings.value(summary.yields.value)
    if value is None and summary.raises == "NotImplementedError":
        value = Value(short(f"{symbol.qualname}()"))  # somebody else's class says how
    if value is None:
        frame.end(summary.raises or "raise")
        return Value("(never)")
    return loaded(frame, function, args, keywords, _typed_answer(frame, symbol, value), node)


def _is_transaction(frame: Frame, symbol: FunctionSymbol) -> bool:
    for name in external(frame.machine, symbol):
        row = frame.machine.knowledge.function(name)
        if row is not None and row.act is Act.TRANSACTION:
            return True
    return False


def _typed_answer(frame: Frame, symbol: FunctionSymbol, value: Value) -> Value:
    """Where the body says nothing of the answer's class, the annotation may."""
    stub = isinstance(value.data, Constant) and value.data.value is None
    known = value.type or (value.data is not None and not stub)
    if known or symbol.node.returns is None:
        return value
    typed = frame.machine.annotated(symbol.module, symbol.node.returns, value.term)
    if stub and not typed.type:
        return value
    term = short(f"{symbol.qualname}()") if stub else value.term
    return Value(term, value.deps, typed.type, typed.data, value.sense)


def construct(
    frame: Frame,
    owner: Class,
    term: str,
    args: tuple[Value, ...],
    keywords: Keywords,
    node: ast.AST,
) -> Value:
    """A new object: a row that is not stored yet, or an object with known fields."""
    deps = frozenset(d for each in (*args, *keywords.values()) for d in each.deps)
    name = short(f"{term}@{getattr(node, 'lineno', 0)}({', '.join(v.term for v in args)})")
    if owner.model is not None:
        values = tuple(keywords.items())
        return Value(name, type=owner.model.name, data=Row(owner.model, new=True, values=values))
    symbol = owner.symbol
    if symbol is None:
        return Value(name, deps)
    init = inherited(frame.machine.project, symbol, "__init__")
    if isinstance(init, FunctionSymbol):
        blank = Value(name, type=symbol.qualname)
        made = _function(frame, Function(init, bound=blank), args, keywords, node)
        parts = made.data.parts if isinstance(made.data, Fields) else ()
        return Value(name, deps, symbol.qualname, Fields(parts) if parts else None)
    names = field_names(frame, symbol)
    given = (*zip(names, args, strict=False), *keywords.items())
    return Value(name, deps, symbol.qualname, Fields(given))


def _external(
    frame: Frame, target: External, args: tuple[Value, ...], keywords: Keywords, node: ast.AST
) -> Value:
    knowledge = frame.machine.knowledge
    function = Value(target.name, data=target)
    from tocsin.static.interpret.gathered import taken

    if target.receiver is not None:
        owner, _, name = target.name.rpartition(".")
        row = knowledge.method(owner, name) if owner != "?" else None
        if row is not None:
            return act(frame, Invocation(row, target.receiver, args, keywords, node))
        method = Value(short(f"{target.receiver.term}.{name}"), target.receiver.deps)
        stated = f"{method.term}({', '.join(each.term for each in args)})"
        known = taken(frame, target, args, node) or condition(target, args, stated)
        known = known or copied(target, tuple(keywords.items())) or dumped(frame, target, keywords)
        if known is not None:
            return known
        guessed = _guessed(frame, target, args)
        if guessed is not None:
            return act(frame, Invocation(guessed, target.receiver, args, keywords, node))
        return unknown(frame, method, args, keywords, node)
    row = knowledge.function(target.name)
    if row is not None:
        if row.name.endswith(".*"):
            row = replace(row, name=target.name)
        return act(frame, Invocation(row, None, args, keywords, node))
    if target.name in knowledge.types:
        return Value(
            short(f"{target.name}@{getattr(node, 'lineno', 0)}"), type=knowledge.types[target.name]
        )
    constructor = knowledge.method(knowledge.type(target.name), "__call__")
    made = unknown(frame, function, args, keywords, node)
    if constructor is None and target.name[:1].islower() and "." in target.name:
        last = target.name.rpartition(".")[2]
        if last[:1].isupper():
            return Value(made.term, made.deps, target.name)
    return made


def _guessed(frame: Frame, target: External, args: tuple[Value, ...]) -> Call | None:
    from tocsin.static.interpret.sessions import recognised

    owner, _, name = target.name.rpartition(".")
    return recognised(frame, target.receiver, name, args) if owner == "?" else None


def act(frame: Frame, invocation: Invocation) -> Value:
    """Do what a row of the tables says."""
    from tocsin.static.interpret.acts import ACTS

    frame.suspends = True
    return ACTS[invocation.row.act](frame, invocation)
