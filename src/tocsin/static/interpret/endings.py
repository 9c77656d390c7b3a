"""How a branch gives up: an HTTP status, the name of an exception, ``return``, or not at all."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from tocsin.source.module import Assigned
from tocsin.source.names import ancestors, named
from tocsin.source.project import ClassSymbol, ExternalSymbol, VariableSymbol
from tocsin.static.effect import Guard
from tocsin.static.interpret.frame import LEAVES_LOOP, Frame
from tocsin.static.interpret.responses import DENIED
from tocsin.stores.calls.base import Act

_STRAIGHT = (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign)
_STATUS = frozenset({"status", "status_code", "code"})
_RESPONSES = {
    "HttpResponseForbidden": "403",
    "HttpResponseNotFound": "404",
    "HttpResponseBadRequest": "400",
    "HttpResponseNotAllowed": "405",
}


def ending(frame: Frame, body: Sequence[ast.stmt]) -> str:
    """What a block does at its end, if it is to give up; empty if it goes on."""
    return refusal(frame, body[-1:]) if body else ""


def otherwise(frame: Frame, node: ast.If) -> str:
    """``if allowed: return view(request)``, and after it ``return Response(status=403)``.

    Any other answer is a refusal, too, where nothing more is asked before it.
    """
    if not isinstance(node.body[-1], ast.Return):
        return ""
    told = ending(frame, frame.rest)
    if told in DENIED or not told:
        return told
    if ending(frame, node.body) != "return":
        return ""  # it is this way that refuses
    straight = all(isinstance(each, _STRAIGHT) for each in frame.rest[:-1])
    same = ast.dump(node.body[-1]) == ast.dump(frame.rest[-1])
    return told if straight and not same and told not in LEAVES_LOOP else ""


def refusal(frame: Frame, body: Sequence[ast.stmt]) -> str:
    """The refusal in the last statement of a block."""
    last = body[-1] if body else None
    match last:
        case ast.Raise(exc=ast.expr() as raised):
            return _raised(frame, raised)
        case ast.Raise():
            return "raise"
        case ast.Return(value=value):
            return _returned(value)
        case ast.Continue():
            return "continue"
        case ast.Break():
            return "break"
        case ast.Expr(value=ast.Call() as call):
            return _aborted(frame, call)
        case _:
            return ""


def _raised(frame: Frame, node: ast.expr) -> str:
    symbol = named(frame.machine.project, frame.module, node)
    refusals = frame.machine.knowledge.refusals
    if isinstance(symbol, ExternalSymbol):
        word = refusals.get(symbol.name)
        if word == "status" and isinstance(node, ast.Call):
            return _status(node) or "HTTPException"
        return word or symbol.name.rpartition(".")[2]
    if isinstance(symbol, ClassSymbol):
        return _of_class(frame, symbol, node)
    return "raise"


def _of_class(frame: Frame, symbol: ClassSymbol, node: ast.expr) -> str:
    """An exception of the project: its ``status_code``, or that of a class it extends."""
    project = frame.machine.project
    for each in ancestors(project, symbol):
        if isinstance(each, ExternalSymbol):
            word = frame.machine.knowledge.refusals.get(each.name)
            if word == "status" and isinstance(node, ast.Call):
                return _status(node) or symbol.node.name
            if word:
                return word
            continue
        for name in ("status_code", "code"):
            found = project.member(each, name)
            if isinstance(found, VariableSymbol) and isinstance(found.assigned, Assigned):
                value = found.assigned.value
                if isinstance(value, ast.Constant):
                    return str(value.value)
    return symbol.node.name


def _status(node: ast.Call) -> str:
    candidates = [k.value for k in node.keywords if k.arg in _STATUS] or node.args[:1]
    for each in candidates:
        found = _number(each)
        if found:
            return found
    return ""


def _number(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=int(number)):
            return str(number)
        case ast.Attribute(attr=name) if name.startswith("HTTP_"):
            return name.split("_")[1]  # status.HTTP_403_FORBIDDEN
        case ast.Attribute(attr="FORBIDDEN"):
            return "403"
        case ast.Attribute(attr="UNAUTHORIZED"):
            return "401"
        case _:
            return ""


def _returned(value: ast.expr | None) -> str:
    """``return response, 403`` and ``return Response(…, status=403)`` refuse too."""
    if isinstance(value, ast.Tuple) and len(value.elts) > 1:
        return _number(value.elts[1]) or "return"
    if isinstance(value, ast.Call):
        name = value.func.attr if isinstance(value.func, ast.Attribute) else ""
        name = value.func.id if isinstance(value.func, ast.Name) else name
        told = [_number(k.value) for k in value.keywords if k.arg in _STATUS]
        return _RESPONSES.get(name) or next(filter(None, told), "") or "return"
    return "return"


def _aborted(frame: Frame, node: ast.Call) -> str:
    symbol = named(frame.machine.project, frame.module, node.func)
    if not isinstance(symbol, ExternalSymbol):
        return ""
    row = frame.machine.knowledge.function(symbol.name)
    if row is None or row.act is not Act.ABORT:
        return ""
    return _status(node) or row.word


def refusing(guards: Iterable[Guard]) -> tuple[Guard, ...]:
    """Tests that are not made on every path, and that let nobody on who was refused.

    Who raises or returns is not here any more, whatever test stands around that.
    """
    return tuple(each for each in guards if each.refusal and each.refusal not in LEAVES_LOOP)
