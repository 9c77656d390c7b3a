"""Statements: what they emit, which guards they leave behind, how paths end and meet."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from tocsin.static.effect import Guard, Kind, ScopeKind
from tocsin.static.interpret.contexts import entered
from tocsin.static.interpret.endings import ending, otherwise, refusal, refusing
from tocsin.static.interpret.expressions import evaluate
from tocsin.static.interpret.forgotten import built, forgotten
from tocsin.static.interpret.frame import LEAVES_LOOP, Environment, Frame
from tocsin.static.interpret.handlers import caught, handled, missing
from tocsin.static.interpret.kept import left
from tocsin.static.interpret.presence import found_or_made, presence
from tocsin.static.interpret.pruning import pruned
from tocsin.static.interpret.responses import denied
from tocsin.static.interpret.settled import irrefutable, settled
from tocsin.static.interpret.shared import declared
from tocsin.static.interpret.targets import assign, augment, delete, element
from tocsin.static.interpret.texts import shorter
from tocsin.static.interpret.unrolled import unrolled
from tocsin.static.interpret.watched import Watched, sealed
from tocsin.static.summary import Summary, Suspended
from tocsin.static.term import short
from tocsin.static.value import Constant, Fields, Value

NONE = Value("None", data=Constant(None))


def interpret(frame: Frame, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Summary:
    """The summary of a function whose parameters are in the frame."""
    _defaults(frame, node)
    run(frame, node.body)
    if frame.live:
        frame.leave(frame.env["self"] if node.name == "__init__" else NONE)
    return pruned(
        Summary(
            effects=tuple(frame.trace.effects),
            returns=_together([value for value, _ in frame.returned]),
            passed=_proven(frame.returned),
            yields=_stopped(frame.yields),
            numbers=frame.trace.numbers,
            cut=frame.trace.cut,
            raises=frame.ending,
            left=tuple((name, sealed(value)) for name, value in left(frame)),
        )
    )


def _stopped(yields: Suspended | None) -> Suspended | None:
    return replace(yields, value=sealed(yields.value)) if yields is not None else None


def _defaults(frame: Frame, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    """Parameters without an argument: their default, or what the annotation says."""
    arguments = node.args
    plain = [*arguments.posonlyargs, *arguments.args]
    late = plain[len(plain) - len(arguments.defaults) :]
    defaults: dict[str, ast.expr | None] = dict(
        zip([each.arg for each in late], arguments.defaults, strict=True)
    )
    defaults.update(zip([a.arg for a in arguments.kwonlyargs], arguments.kw_defaults, strict=True))
    for each in (*plain, *arguments.kwonlyargs):
        known = frame.env.get(each.arg)
        default = defaults.get(each.arg)
        if isinstance(known, Watched):
            if each.annotation or isinstance(default, ast.Call):
                told = partial(_told, _outside(frame), each, default)
                frame.env[each.arg] = known.otherwise(told)
        elif known is None and isinstance(default, ast.Constant):
            frame.env[each.arg] = evaluate(frame, default)
        elif known is None:
            frame.env[each.arg] = _told(_outside(frame), each, None) or Value(each.arg)
    if "self" not in frame.env and node.name == "__init__":
        frame.env["self"] = Value("self")


def _outside(frame: Frame) -> Frame:
    """Where a function stands: its annotations and defaults are of there."""
    return Frame(frame.machine, frame.module, owner=frame.owner)


def _told(frame: Frame, parameter: ast.arg, default: ast.expr | None) -> Value | None:
    """What the annotation says of a parameter, or else its default."""
    if parameter.annotation:
        return frame.machine.annotated(frame.module, parameter.annotation, parameter.arg)
    # As orders=Order.objects.all().
    return evaluate(frame, default) if isinstance(default, ast.Call) else None


def _together(values: Sequence[Value]) -> Value | None:
    """One value for several paths; ``None`` if there is no path."""
    if not values:
        return None
    result = values[0]
    for value in values[1:]:
        result = merged(result, value)
    return sealed(result)


def merged(one: Value, other: Value) -> Value:
    """What is known of a value that is one or the other. The one that is known better counts."""
    if one == other:
        return one
    text = shorter(one, other)
    if text is not None:
        return text.depending(one.deps | other.deps)
    poor = isinstance(one.data, Constant) or (one.data is None and not one.type)
    poor = poor or (one.data == Fields(()) and isinstance(other.data, Fields))
    chosen = other if poor and (other.data is not None or other.type) else one
    deps = one.deps | other.deps
    same = one.term == other.term
    none = isinstance(one.data, Constant) and one.data.value is None
    none_other = isinstance(other.data, Constant) and other.data.value is None
    known = same or none or none_other
    term = chosen.term if known else short(f"either({one.term}, {other.term})")
    data = found_or_made(one.data, other.data) or chosen.data
    if isinstance(data, Constant) and not (none or none_other):
        data = None  # a constant, or something else
    if isinstance(one.data, Constant) and isinstance(other.data, Constant):
        data = None
    sense = one.sense if one.sense == other.sense or none_other else 0
    return Value(term, deps, chosen.type, data, other.sense if none else sense)


def _proven(ways: Sequence[tuple[Value, tuple[Guard, ...]]]) -> tuple[Guard, ...]:
    """The guards that all paths have in common.

    Who asks and answers nothing has refused by raising, whatever is not asked of some:
    ``if user is not admin: return`` comes before it.
    """
    if not ways:
        return ()
    paths = [guards for _, guards in ways]
    common = {(g.number, g.holds) for g in paths[0]}
    for path in paths[1:]:
        common &= {(g.number, g.holds) for g in path}
    if len(paths) > 1 and all(value.data == NONE.data for value, _ in ways):
        every = {(g.number, g.holds): g for path in paths for g in path}
        raised = {(g.number, g.holds) for g in refusing(every.values())}
        common |= {each for each in raised if (each[0], not each[1]) not in every}
        return tuple(g for each, g in every.items() if each in common and g.deps)
    proven = (g for g in paths[0] if (g.number, g.holds) in common and g.deps)
    return tuple(proven)


def run(frame: Frame, body: Iterable[ast.stmt]) -> None:
    """Interpret statements until the path ends."""
    body, around = tuple(body), frame.rest
    for index, node in enumerate(body):
        if not frame.live:
            break
        frame.rest = body[index + 1 :] or around
        handler = _STATEMENTS.get(type(node))
        if handler is not None:
            handler(frame, node)
    frame.rest = around


def _branches(
    frame: Frame,
    test: Value,
    node: ast.AST,
    ways: Sequence[tuple[Callable[[], None], str]],
) -> None:
    """Run the two ways out of a test, each under its guard, and put what is left together.

    Each way comes with what the *other* one does when it gives up.
    """
    number, test = frame.trace.number(), presence(frame, test)
    before_env, before_guards = dict(frame.env), frame.guards
    survivors: list[tuple[Environment, tuple[Guard, ...]]] = []
    endings: list[str] = []
    for index, (way, other) in enumerate(ways):
        frame.env, frame.guards, frame.live = dict(before_env), before_guards, True
        known = other or (endings[0] if index and endings else "")
        frame.guard(number, test, node, holds=index == 0, refusal=known)
        frame.ending = ""
        way()
        if frame.live:
            survivors.append((frame.env, frame.guards))
            endings.append("")
        else:
            endings.append(frame.ending)
    frame.live = bool(survivors)
    if len(survivors) == 2:
        frame.env = _met(survivors[0][0], survivors[1][0], test)
        inner = (each for _, guards in survivors for each in guards[len(before_guards) :])
        frame.guards = (*before_guards, *refusing(inner))
    elif survivors:
        frame.env, frame.guards = survivors[0]
    else:
        frame.ending = endings[-1]


def _met(one: Environment, other: Environment, test: Value) -> Environment:
    """Names after two paths have met: where they differ, the test has decided."""
    result: Environment = {}
    for name in {**one, **other}:
        mine, theirs = one.get(name), other.get(name)
        if mine is None or theirs is None:
            result[name] = (mine or theirs or NONE).depending(test.deps)
        elif mine == theirs:
            result[name] = mine
        else:
            result[name] = merged(mine, theirs).depending(test.deps)
    return result


def _if(frame: Frame, node: ast.If) -> None:
    known = settled(frame, node.test)
    if known is not None:
        run(frame, node.body if known else node.orelse)
        return
    test = evaluate(frame, node.test)
    other = ending(frame, node.orelse) or otherwise(frame, node)
    _branches(
        frame,
        test,
        node.test,
        (
            (lambda: run(frame, node.body), other),
            (lambda: run(frame, node.orelse), ""),
        ),
    )


def _match(frame: Frame, node: ast.Match) -> None:
    _cases(frame, node, evaluate(frame, node.subject), node.cases)


def _cases(
    frame: Frame, node: ast.Match, subject: Value, remaining: Sequence[ast.match_case]
) -> None:
    if not remaining:
        return
    first, *rest = remaining
    if first.guard is None and irrefutable(first.pattern):
        _case(frame, first, subject)
        return
    _branches(
        frame,
        subject,
        node.subject,
        (
            (lambda: _case(frame, first, subject), ""),
            (lambda: _cases(frame, node, subject, rest), ""),
        ),
    )


def _case(frame: Frame, node: ast.match_case, subject: Value) -> None:
    for each in ast.walk(node.pattern):
        name = getattr(each, "name", None)
        if isinstance(name, str):
            frame.env[name] = Value(name, subject.deps, subject.type, subject.data)
    run(frame, node.body)


def _for(frame: Frame, node: ast.For | ast.AsyncFor) -> None:
    if unrolled(frame, node):
        return
    iterable = evaluate(frame, node.iter)
    if isinstance(node, ast.AsyncFor):
        frame.emit(Kind.AWAIT, node)
    each = element(frame, iterable, node)
    assign(frame, node.target, each, node)
    number = frame.trace.number()
    before = frame.guards
    if iterable.sense == -1:  # of what is not there, as ``for key in wanted - known``
        frame.guard(number, iterable, node.iter, holds=True, refusal="")
    ended = _loop(frame, node.body)
    frame.guards = tuple(each for each in frame.guards if each.number != number or each in before)
    if ended and ended not in LEAVES_LOOP and each.deps:  # what follows: there was nothing
        found = Value(each.term, each.deps, sense=1)
        frame.guard(number, found, node.iter, holds=False, refusal=ended)
    run(frame, node.orelse)


def _while(frame: Frame, node: ast.While) -> None:
    test = evaluate(frame, node.test)
    forever = isinstance(test.data, Constant) and bool(test.data.value)
    broken = any(isinstance(each, ast.Break) for each in _own(node.body))
    before = frame.guards
    if not forever:
        frame.guard(frame.trace.number(), test, node.test, holds=True, refusal="")
    _loop(frame, node.body)
    if forever and not broken:
        frame.end("return" if frame.returned else "raise")
    if not forever:
        frame.guards = before
    if test.deps and not broken:  # while taken(name): name = another(name)
        test = evaluate(frame, node.test)
        frame.guard(frame.trace.number(), test, node.test, holds=False, refusal="")
    run(frame, node.orelse)


def _own(body: Sequence[ast.stmt]) -> Iterable[ast.stmt]:
    """The statements of a loop's body, but for those of loops and functions within."""
    for node in body:
        yield node
        if isinstance(node, ast.If):
            yield from _own([*node.body, *node.orelse])
        elif isinstance(node, ast.With | ast.AsyncWith):
            yield from _own(node.body)
        elif isinstance(node, ast.Try):
            handled = [each for handler in node.handlers for each in handler.body]
            yield from _own([*node.body, *handled, *node.orelse, *node.finalbody])
        elif isinstance(node, ast.Match):
            yield from _own([each for case in node.cases for each in case.body])


def _loop(frame: Frame, body: Sequence[ast.stmt]) -> str:
    """A body that may run, or not, or often. What it refuses stays proven.

    Returns how it ends if its first round is always the last.
    """
    env, guards = dict(frame.env), frame.guards
    with frame.inside(frame.scope(ScopeKind.LOOP)):
        run(frame, body)
    proven = refusing(frame.guards[len(guards) :])
    ended = "" if frame.live else frame.ending
    if not frame.live:
        frame.env = env
    else:
        frame.env = _met(env, frame.env, NONE)
    frame.live, frame.guards = True, (*guards, *proven)
    return ended


def _try(frame: Frame, node: ast.Try) -> None:
    names = handled(frame, node)
    before_env, before_guards = dict(frame.env), frame.guards
    first = len(frame.trace.effects)
    number = frame.trace.number()
    ignored = tuple(n for h in node.handlers if _goes_on(frame, h.body) for n in caught(frame, h))
    with frame.inside(frame.scope(ScopeKind.TRY, caught=names, ignored=ignored)):
        run(frame, node.body)
    looked, sure = missing(frame, node, first)
    if looked.deps and sure and frame.live:
        told = next((refusal(frame, h.body) for h in node.handlers), "")
        frame.guard(number, looked, node, holds=True, refusal=told)
    run(frame, node.orelse)
    survivors = [(frame.env, frame.guards)] if frame.live else []
    ended = frame.ending
    after = dict(frame.env)
    for handler in node.handlers:
        frame.env, frame.live = _met(before_env, after, NONE), True
        frame.guards = before_guards
        frame.guard(number, looked, handler, holds=False, refusal="")
        if handler.name:
            frame.env[handler.name] = Value(handler.name)
        run(frame, handler.body)
        if frame.live:
            survivors.append((frame.env, frame.guards))
    frame.live = bool(survivors)
    if survivors:
        frame.env, frame.guards = survivors[0]
        for env, _ in survivors[1:]:
            frame.env = _met(frame.env, env, looked)
            frame.guards = before_guards
    else:
        frame.ending = ended
    live = frame.live
    frame.live = True
    run(frame, node.finalbody)
    frame.live = frame.live and live


def _goes_on(frame: Frame, body: Sequence[ast.stmt]) -> bool:
    """Whether a handler does nothing that anybody could ask about later: it passes, or logs."""
    passes = all(isinstance(each, ast.Pass | ast.Expr) for each in body)
    return passes and not refusal(frame, body)


def _with(frame: Frame, node: ast.With | ast.AsyncWith) -> None:
    _with_items(frame, node, node.items)


def _with_items(
    frame: Frame, node: ast.With | ast.AsyncWith, items: Sequence[ast.withitem]
) -> None:
    if not items:
        run(frame, node.body)
        return
    first, *rest = items
    with entered(frame, first.context_expr, node) as value:
        if first.optional_vars is not None:
            assign(frame, first.optional_vars, value, node)
        _with_items(frame, node, rest)


def _assign(frame: Frame, node: ast.Assign) -> None:
    value = evaluate(frame, node.value)
    if forgotten(frame, node.targets, value):
        built(frame, value, node)
    for target in node.targets:
        assign(frame, target, value, node)


def _annotated(frame: Frame, node: ast.AnnAssign) -> None:
    typed = frame.machine.annotated(frame.module, node.annotation, ast.unparse(node.target))
    if node.value is None:
        if isinstance(node.target, ast.Name):
            frame.env.setdefault(node.target.id, typed)
        return
    value = evaluate(frame, node.value)
    if not value.type and value.data is None and typed.type:
        value = Value(value.term, value.deps, typed.type, typed.data)
    assign(frame, node.target, value, node)


def _augmented(frame: Frame, node: ast.AugAssign) -> None:
    augment(frame, node)


def _return(frame: Frame, node: ast.Return) -> None:
    value = evaluate(frame, node.value) if node.value else NONE
    denied(frame, node, refusal(frame, [node]))
    frame.leave(value)


def _raise(frame: Frame, node: ast.Raise) -> None:
    told = refusal(frame, [node])
    if node.exc is not None:
        evaluate(frame, node.exc)
    denied(frame, node, told)
    frame.end(told or "raise")


def _expression(frame: Frame, node: ast.Expr) -> None:
    if not isinstance(node.value, ast.Constant):
        frame.bare = node.value
        built(frame, evaluate(frame, node.value), node)


def _assert(frame: Frame, node: ast.Assert) -> None:
    test = evaluate(frame, node.test)
    frame.guard(frame.trace.number(), test, node.test, holds=True, refusal="AssertionError")


def _delete(frame: Frame, node: ast.Delete) -> None:
    for target in node.targets:
        delete(frame, target, node)


def _function(frame: Frame, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    from tocsin.static.interpret.closures import closed

    frame.env[node.name] = closed(frame, node)


def _leave_loop(frame: Frame, node: ast.Continue | ast.Break) -> None:
    frame.end("continue" if isinstance(node, ast.Continue) else "break")


def _import(frame: Frame, node: ast.Import | ast.ImportFrom) -> None:
    from tocsin.static.interpret.closures import imported

    imported(frame, node)


_STATEMENTS: dict[type[ast.stmt], Callable[..., None]] = {
    ast.If: _if,
    ast.Match: _match,
    ast.Global: declared,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Expr: _expression,
    ast.Assert: _assert,
    ast.Delete: _delete,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.Continue: _leave_loop,
    ast.Break: _leave_loop,
    ast.Import: _import,
    ast.ImportFrom: _import,
}
