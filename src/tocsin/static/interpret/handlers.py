"""``try``: which exceptions are handled, and which reads a handler hears about."""

from __future__ import annotations

import ast
import re

from tocsin.static.effect import Effect, Kind
from tocsin.static.interpret.frame import Frame
from tocsin.static.value import Dep, Value

_ONE = frozenset({"get", "one", "scalar_one"})
"""Methods that raise where there is no row."""
_GONE = re.compile(r"NotFound|NotExist|NoSuch")
"""What projects call their own errors of what is not there."""
MISSING = frozenset(
    [
        "DoesNotExist",
        "ObjectDoesNotExist",
        "NoResultFound",
        "Http404",
        "KeyError",
        "FileNotFoundError",
        "LookupError",
        "NotFound",
        "FileExistsError",
        "Exception",
    ]
)


def caught(frame: Frame, handler: ast.ExceptHandler) -> tuple[str, ...]:
    """The last names of the exceptions that a handler names; ``Exception`` for a bare one."""
    match handler.type:
        case None:
            return ("Exception",)
        case ast.Tuple(elts=elements):
            return tuple(last_name(each) for each in elements)
        case node:
            return (last_name(node),)


def handled(frame: Frame, node: ast.Try) -> tuple[str, ...]:
    """What a ``try`` handles: not what it rolls back, logs, and raises again as it was."""
    mine = (each for each in node.handlers if not _hands_on(each))
    return tuple(name for each in mine for name in caught(frame, each))


def _hands_on(handler: ast.ExceptHandler) -> bool:
    """Whether every way through a handler ends with what it was given."""
    ways = [
        each
        for statement in handler.body
        for each in ast.walk(statement)
        if isinstance(each, ast.Raise | ast.Return | ast.Continue | ast.Break)
    ]
    return isinstance(handler.body[-1], ast.Raise) and all(
        isinstance(each, ast.Raise) and _same(each, handler.name) for each in ways
    )


def _same(node: ast.Raise, name: str | None) -> bool:
    return node.exc is None or (isinstance(node.exc, ast.Name) and node.exc.id == name)


def missing(frame: Frame, node: ast.Try, first: int) -> tuple[Value, bool]:
    """What a handler learns: that something which the body has read is not there.

    With whether whoever is not sent there has been told of it: of an exception that may as well
    say something else, only the handler is.
    """
    names = {name for handler in node.handlers for name in caught(frame, handler)}
    known = names & (MISSING - {"Exception"})
    meant = known or {name for name in names if _GONE.search(name)}
    broad = not meant and "Exception" in names and _looks_up(node.body)
    if not meant and not broad:
        return Value("(failed)"), False
    reads = frozenset(
        Dep(index)
        for index, effect in enumerate(frame.trace.effects)
        if index >= first and effect.kind is Kind.READ and not (broad and not _of_table(effect))
    )
    told = "/".join(sorted(meant or {"Exception"}))
    return Value(f"found, or {told}", reads, sense=1), bool(known)


def _looks_up(body: list[ast.stmt]) -> bool:
    """Whether all that is tried is to get one row, which fails where there is none."""
    calls = (each.func for each in ast.walk(body[0]) if isinstance(each, ast.Call))
    return len(body) == 1 and any(
        isinstance(each, ast.Attribute) and each.attr in _ONE for each in calls
    )


def _of_table(effect: Effect) -> bool:
    return effect.item is not None and effect.item.store == "database"


def last_name(node: ast.expr) -> str:
    """``Conflict`` of ``errors.Conflict``."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
