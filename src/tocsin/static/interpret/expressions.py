"""Expressions: what they give, and what evaluating them emits."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from tocsin.source.project import ExternalSymbol, VariableSymbol
from tocsin.static.effect import Kind
from tocsin.static.interpret.attributes import attribute, who_asks
from tocsin.static.interpret.calls import Invocation, act, call
from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.gathered import alike, any_of
from tocsin.static.interpret.later import is_late, late
from tocsin.static.interpret.presence import found_or_made, presence
from tocsin.static.interpret.secrets import compared
from tocsin.static.interpret.settled import settled
from tocsin.static.interpret.shared import GLOBAL, global_value, look
from tocsin.static.interpret.targets import assign, column, element, key_of, part, parts_of
from tocsin.static.interpret.texts import joined, textual
from tocsin.static.interpret.watched import Watched
from tocsin.static.summary import Suspended
from tocsin.static.term import short
from tocsin.static.value import (
    NO_DEPS,
    Class,
    Column,
    Condition,
    Constant,
    Deps,
    External,
    Fields,
    Filter,
    Function,
    Query,
    Row,
    Shared,
    Value,
)
from tocsin.stores.calls.base import Act
from tocsin.stores.calls.credentials import SECRET
from tocsin.stores.calls.files import PATH, RESOLVED

_OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Eq: "=",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}
_SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.BitOr: "|",
    ast.BitAnd: "&",
}


def evaluate(frame: Frame, node: ast.expr | None) -> Value:
    """The value of an expression."""
    handler = _EXPRESSIONS.get(type(node))  # type: ignore[arg-type]
    if handler is None:
        return Value(f"?{getattr(node, 'lineno', 0)}:{getattr(node, 'col_offset', 0)}")
    return handler(frame, node)


def together(values: Iterable[Value]) -> Deps:
    """All that any of these depends on."""
    deps: set[object] = set()
    for value in values:
        deps |= value.deps
    return frozenset(deps)  # type: ignore[arg-type]


def _name(frame: Frame, node: ast.Name) -> Value:
    found = frame.env.get(node.id)
    if isinstance(found, Watched):
        return found  # an argument, of which nothing is asked yet
    if found is None:
        found = frame.closure.get(node.id)
    if found is not None:
        return global_value(frame, found, node) if found.type == GLOBAL else found
    if frame.owner is not None and frame.function is None:
        inner = frame.machine.project.member(frame.owner, node.id)
        if inner is not None:
            return frame.machine.symbol(inner)
    symbol = frame.machine.project.resolve(frame.module, node.id)
    if isinstance(symbol, VariableSymbol) and is_late(frame, symbol):
        return late(frame, symbol)
    if isinstance(symbol, ExternalSymbol):
        row = frame.machine.knowledge.function(symbol.name)
        if row is not None and row.act is Act.IDENTITY:
            return who_asks(frame, row, node.id, node) or frame.machine.symbol(symbol)
    if symbol is not None:
        return frame.machine.symbol(symbol)
    if node.id == "super" or frame.machine.knowledge.function(node.id):
        return frame.machine.external(node.id)
    return Value(node.id) if node.id not in _BUILTIN else frame.machine.external(node.id)


_BUILTIN = frozenset(dir(builtins))


def _constant(frame: Frame, node: ast.Constant) -> Value:
    value = node.value
    if value is ... or isinstance(value, complex):
        return Value(repr(value))
    return Value(short(repr(value)), data=Constant(value))


def _attribute(frame: Frame, node: ast.Attribute) -> Value:
    return attribute(frame, evaluate(frame, node.value), node.attr, node)


def _subscript(frame: Frame, node: ast.Subscript) -> Value:
    value = evaluate(frame, node.value)
    if isinstance(value.data, Class):
        return value  # Generic[T]
    key = evaluate(frame, node.slice)
    if isinstance(value.data, Shared):
        return look(frame, value, node, "look", key.term)
    if isinstance(value.data, Query):
        return element(frame, value, node)
    if _is_field(value, key):
        field = key_of(key)
        return frame.env.get(f"{value.term}.{field}") or column(value, field)  # as it was set
    owner = value.data.name if isinstance(value.data, External) else value.type
    row = frame.machine.knowledge.method(owner, "__getitem__") if owner else None
    if row is not None and row.act is Act.ATTRIBUTE:
        return Value(f"{value.term}.{key.term}", value.deps, row.gives)
    if row is not None and row.act in {Act.RECALL, Act.MAKE}:
        return act(frame, Invocation(row, value, (key,), {}, node))
    name = key_of(key)
    if isinstance(value.data, Fields):
        if name == "-1":
            name = str(len(value.data.parts) - 1)
        if value.data.get(name) is None and (found := any_of(frame, value, key, node)):
            return found
    return part(value, name)


def _is_field(value: Value, key: Value) -> bool:
    """``document["status"]``, of a document of which the fields are not declared."""
    return (
        isinstance(value.data, Row)
        and not value.data.model.columns
        and isinstance(key.data, Constant)
        and isinstance(key.data.value, str)
    )


def _compare(frame: Frame, node: ast.Compare) -> Value:
    left = evaluate(frame, node.left)
    if len(node.ops) == 1:
        right = evaluate(frame, node.comparators[0])
        return _compared(frame, node, left, type(node.ops[0]), right)
    parts = [left, *(evaluate(frame, each) for each in node.comparators)]
    return Value(short(" ~ ".join(each.term for each in parts)), together(parts))


def _compared(
    frame: Frame, node: ast.Compare, left: Value, kind: type[ast.cmpop], right: Value
) -> Value:
    op = _OPERATORS[kind]
    for mine, theirs in ((left, right), (right, left)):
        if isinstance(mine.data, Column) and mine.data.name:
            found = Condition(mine.data.name, op, identity(theirs), theirs.deps)
            term = short(f"{mine.term} {op} {theirs.term}")
            return Value(term, data=Filter((found,), Query(mine.data.model)))
    if op in {"in", "not in"} and isinstance(right.data, Shared):
        held = look(frame, right, node, "contains", left.term)
        return Value(
            short(f"({left.term} {op} {held.term})"),
            left.deps | held.deps,
            sense=1 if op == "in" else -1,
        )
    if isinstance(right.data, Query) and right.data.verb == "select":
        right = element(frame, right, node)
    if SECRET in {left.type, right.type} and op in {"=", "!="}:
        compared(frame, left, right, node)
    if isinstance(right.data, Constant) and right.data.value is None:
        left = presence(frame, left)
    sense = _sense(left, op, right)
    return Value(short(f"({left.term} {op} {right.term})"), left.deps | right.deps, sense=sense)


_ABSENT = {("is", None), ("=", None), ("=", 0), ("<", 1), ("<=", 0)}
_PRESENT = {("is not", None), ("!=", None), ("!=", 0), (">", 0), (">=", 1)}


def _sense(left: Value, op: str, right: Value) -> int:
    """What a comparison with nothing says: ``x is None``, ``count > 0``."""
    if not isinstance(right.data, Constant) or isinstance(right.data.value, bool):
        return 0
    key = (op, right.data.value)
    if key in _ABSENT:
        return -left.sense
    return left.sense if key in _PRESENT else 0


def identity(value: Value) -> str:
    """The term of a key: an object and its key are the same."""
    for suffix in (".id", ".pk"):
        if value.term.endswith(suffix):
            return value.term.removesuffix(suffix)
    return value.term


def _boolean(frame: Frame, node: ast.BoolOp) -> Value:
    wanted = isinstance(node.op, ast.And)
    idle = [each for each in node.values[:-1] if settled(frame, each) is wanted]
    parts = [evaluate(frame, each) for each in node.values if each not in idle]
    if len(parts) == 1:
        return parts[0]
    word = " and " if isinstance(node.op, ast.And) else " or "
    rich = next((each for each in parts if each.data is not None or each.type), parts[0])
    data = rich.data if not isinstance(rich.data, Constant | Filter) else None
    if isinstance(node.op, ast.Or) and isinstance(parts[-1].data, Row):
        data = found_or_made(rich.data, parts[-1].data) or data
    senses = {each.sense for each in parts if each.sense}
    return Value(
        short(f"({word.join(each.term for each in parts)})"),
        together(presence(frame, each) for each in parts),
        rich.type,
        data,
        senses.pop() if len(senses) == 1 else 0,
    )


def _unary(frame: Frame, node: ast.UnaryOp) -> Value:
    value = evaluate(frame, node.operand)
    if isinstance(value.data, Constant) and isinstance(node.op, ast.USub):
        return Value(f"-{value.term}")
    if isinstance(value.data, Query):
        value = element(frame, value, node)
    if isinstance(node.op, ast.USub | ast.UAdd):
        return _signed(value)
    if isinstance(value.data, Column):
        found = Condition(value.data.name, "not", "True", value.deps)
        return Value(f"not {value.term}", data=Filter((found,)))
    if isinstance(value.data, Filter):
        return Value(f"not {value.term}", value.deps, data=Filter(_opaque((value,))))
    value = presence(frame, value)
    return Value(short(f"not {value.term}"), value.deps, sense=-value.sense)


def _signed(value: Value) -> Value:
    """``-amount``: another number, of the same reads; of a column, what the database calculates."""
    data = replace(value.data, relative=True) if isinstance(value.data, Column) else None
    return Value(short(f"-{value.term}"), value.deps, data=data)


def _opaque(values: Sequence[Value]) -> tuple[Condition, ...]:
    """Conditions of which it is not known which hold: their columns are still named."""
    return tuple(
        Condition(each.column, "maybe", each.term, each.deps, each.tables, each.locks)
        for value in values
        if isinstance(value.data, Filter)
        for each in value.data.where
    )


def _binary(frame: Frame, node: ast.BinOp) -> Value:
    return combined(frame, node, evaluate(frame, node.left), evaluate(frame, node.right))


def combined(frame: Frame, node: ast.BinOp | ast.AugAssign, left: Value, right: Value) -> Value:
    """Two values and an operator."""
    sign = _SIGNS.get(type(node.op), type(node.op).__name__)
    term = short(f"({left.term} {sign} {right.term})")
    deps = left.deps | right.deps
    if isinstance(left.data, Filter) and isinstance(right.data, Filter):
        both = left.data.where + right.data.where
        return Value(term, deps, data=Filter(both if sign == "&" else _opaque((left, right))))
    if sign == "&" and (known := _narrowed(left, right)) is not None:
        return Value(term, deps, data=known)
    for each in (left, right):
        if isinstance(each.data, Column):
            return Value(term, deps, data=Column(each.data.model, each.data.name, relative=True))
    if sign == "+" and (textual(left) or textual(right)):
        return joined((left, right), term, deps)
    if left.type in {PATH, RESOLVED}:
        return Value(term, deps, PATH)
    if sign == "-" and right.sense == 1:  # what was looked for among rows, and is not there
        return Value(term, deps, sense=-1)
    if sign == "|" and isinstance(left.data, Query):
        return left
    return Value(term, deps)


def _narrowed(left: Value, right: Value) -> Filter | None:
    """A condition that is known, and another that narrows it."""
    for known, other in ((left, right), (right, left)):
        if isinstance(known.data, Filter) and other.data is None:
            return Filter((*known.data.where, Condition("", "maybe", other.term, other.deps)))
    return None


def _conditional(frame: Frame, node: ast.IfExp) -> Value:
    from tocsin.static.interpret.statements import merged

    known = settled(frame, node.test)
    if known is not None:
        return evaluate(frame, node.body if known else node.orelse)
    test = presence(frame, evaluate(frame, node.test))
    number, before = frame.trace.number(), frame.guards
    frame.guard(number, test, node.test, holds=True, refusal="")
    one = evaluate(frame, node.body)
    frame.guards = before
    frame.guard(number, test, node.test, holds=False, refusal="")
    other = evaluate(frame, node.orelse)
    frame.guards = before
    return merged(one, other).depending(test.deps)


def _await(frame: Frame, node: ast.Await) -> Value:
    frame.suspends = True
    value = evaluate(frame, node.value)
    if frame.suspends:
        frame.emit(Kind.AWAIT, node)
    if isinstance(value.data, Query) and value.data.verb == "select":
        return element(frame, value, node)
    return value


def _sequence(frame: Frame, node: ast.Tuple | ast.List | ast.Set) -> Value:
    parts: list[tuple[str, Value]] = []
    for index, each in enumerate(node.elts):
        if isinstance(each, ast.Starred):
            value = evaluate(frame, each.value)
            inner = value.data.parts if isinstance(value.data, Fields) else ((str(index), value),)
            parts += [(str(len(parts) + place), item) for place, (_, item) in enumerate(inner)]
        else:
            parts.append((str(len(parts)), evaluate(frame, each)))
    deps = together(value for _, value in parts)
    term = short(f"[{', '.join(value.term for _, value in parts)}]")
    return Value(term, deps, data=Fields(tuple(parts[:32])))


def _dict(frame: Frame, node: ast.Dict) -> Value:
    parts: list[tuple[str, Value]] = []
    for key, each in zip(node.keys, node.values, strict=True):
        value = evaluate(frame, each)
        if key is None:
            parts += parts_of(value)
            continue
        name = evaluate(frame, key)
        word = key_of(name)
        if isinstance(name.data, Column):
            word = name.data.name
        parts.append((word, value))
    term = short(f"{{{', '.join(f'{key}: {value.term}' for key, value in parts)}}}")
    return Value(term, together(value for _, value in parts), data=Fields(tuple(parts[:32])))


def _comprehension(
    frame: Frame, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
) -> Value:
    before, guards = dict(frame.env), frame.guards
    deps, sense = NO_DEPS, 0
    for generator in node.generators:
        iterable = evaluate(frame, generator.iter)
        if generator.is_async:
            frame.emit(Kind.AWAIT, node)
        each = element(frame, iterable, generator.iter)
        deps |= each.deps
        sense = each.sense
        assign(frame, generator.target, each, node)
        if iterable.sense == -1:
            frame.guard(frame.trace.number(), iterable, generator.iter, holds=True, refusal="")
        for test in generator.ifs:
            value = evaluate(frame, test)
            deps |= value.deps
            frame.guard(frame.trace.number(), value, test, holds=True, refusal="")
    if isinstance(node, ast.DictComp):
        evaluate(frame, node.key)
        result = evaluate(frame, node.value)
    else:
        result = evaluate(frame, node.elt)
    frame.env, frame.guards = before, guards
    return alike(short(f"[{result.term} …]"), result, deps, sense)


def _formatted(frame: Frame, node: ast.JoinedStr) -> Value:
    parts = [
        evaluate(frame, each.value if isinstance(each, ast.FormattedValue) else each)
        for each in node.values
    ]
    return joined(parts, short(f"f'{''.join(each.term for each in parts)}'"), together(parts))


def _walrus(frame: Frame, node: ast.NamedExpr) -> Value:
    value = evaluate(frame, node.value)
    assign(frame, node.target, value, node)
    return value


def _lambda(frame: Frame, node: ast.Lambda) -> Value:
    from tocsin.static.interpret.closures import closed

    body = ast.copy_location(ast.Return(node.body), node.body)
    made = ast.FunctionDef("<lambda>", node.args, [body], [], None, None)
    made = ast.copy_location(made, node)
    known = frame.machine.lambdas.setdefault(id(node), (node, made))[1]
    value = closed(frame, known)
    return value if isinstance(value.data, Function) else Value("lambda")


def _yield(frame: Frame, node: ast.Yield | ast.YieldFrom) -> Value:
    value = evaluate(frame, node.value) if node.value else Value("None", data=Constant(None))
    known = frame.yields
    # Of several places, one of which runs, that inside of most says what a caller is inside of.
    if known is None or len(frame.scopes) > len(known.scopes):
        frame.yields = Suspended(value, len(frame.trace.effects), frame.guards, frame.scopes)
    return Value("(sent)")


def _starred(frame: Frame, node: ast.Starred) -> Value:
    return evaluate(frame, node.value)


def _slice(frame: Frame, node: ast.Slice) -> Value:
    for each in (node.lower, node.upper):
        if each is not None:
            evaluate(frame, each)
    return Value(ast.unparse(node))


_EXPRESSIONS: dict[type[ast.expr], Callable[..., Value]] = {
    ast.Name: _name,
    ast.Constant: _constant,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Compare: _compare,
    ast.BoolOp: _boolean,
    ast.UnaryOp: _unary,
    ast.BinOp: _binary,
    ast.IfExp: _conditional,
    ast.Await: _await,
    ast.Tuple: _sequence,
    ast.List: _sequence,
    ast.Set: _sequence,
    ast.Dict: _dict,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
    ast.JoinedStr: _formatted,
    ast.NamedExpr: _walrus,
    ast.Lambda: _lambda,
    ast.Yield: _yield,
    ast.YieldFrom: _yield,
    ast.Starred: _starred,
    ast.Slice: _slice,
    ast.Call: call,
}
