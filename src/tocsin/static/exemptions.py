"""Windows that are open and harmless: the second time does what the first has done."""

from __future__ import annotations

import ast
from collections.abc import Callable

from tocsin.static.effect import Guard, Kind, Written
from tocsin.static.nothing import unsaid
from tocsin.static.window import Trust, Window
from tocsin.static.world import valued


def idempotent(window: Window) -> bool:
    """``if not seen: seen = True``: a constant is written, and nothing else hangs on the test."""
    use, guard = window.use, window.guard
    if window.last:
        return False  # the other one takes another row
    if window.job is not None:
        return False  # much may have happened to the row before the job begins
    if window.trust is not Trust.TESTED or guard is None or not quiet(window, guard):
        return False
    if use.verb == "insert" or not use.written or not all(map(settled, use.written)):
        return False
    if window.store == "cache" and window.followed:
        return False  # a mark that something is done once
    if (_mark(window) and _meanwhile(window)) or _worked(window, guard):
        return False  # what is done before the mark is set is done twice
    return not any(
        each.kind in {Kind.WRITE, Kind.SPAWN} and each.item != use.effect.item
        for each in window.effects
        if any(g.number == guard.number and g.holds == guard.holds for g in each.guards)
    )


def settled(written: Written) -> bool:
    """Whether two requests at once would write the same: a constant, or the time."""
    return bool(valued(written))


def quiet(window: Window, guard: Guard) -> bool:
    """Whether nobody is told of the test: no refusal, or one without a word."""
    entry = window.entry
    alone = not entry.routed and entry.receiver is not None  # a method that nobody was seen to call
    helper = alone or guard.at.function != entry.function.qualname
    unsaid = guard.refusal == "return" and (helper or _mute(entry.function.node))
    return not guard.refusal or unsaid


def _mute(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function has the same answer whichever way it is left: none."""
    left = (each for each in ast.walk(node) if isinstance(each, ast.Return))
    return all(each.value is None for each in left)


def _mark(window: Window) -> bool:
    """Whether a variable is set to a constant: something was done; no answer."""
    item = window.use.effect.item
    constant = all(each.constant for each in window.use.written)
    return item is not None and item.store == "memory" and not item.where and constant


def _meanwhile(window: Window) -> bool:
    """Whether the event loop is left because of the test, before the mark is set."""
    guard = window.guard
    return guard is not None and any(
        each.kind is Kind.AWAIT
        and any((g.number, g.holds) == (guard.number, guard.holds) for g in each.guards)
        for each in window.crossings
    )


def _worked(window: Window, guard: Guard) -> bool:
    """Whether a row is marked as done when unknown code has done it, which tells nobody anything.

    Of a job that is begun twice, both do it.
    """
    constant = all(each.constant for each in window.use.written)
    if not constant or window.store != "database" or guard.refusal != "return":
        return False
    inner = set(map(id, window.crossings))
    return any(
        each.kind is Kind.CALL and not each.verb and id(each) in inner
        for each in unsaid(window, guard)
    )


def cache_fill(window: Window) -> bool:
    """``if key not in cache: cache[key] = …``: computed twice, and the same both times."""
    if window.store != "memory" or window.guard is None or window.refusal:
        return False
    if _mark(window):
        return False
    return window.use.verb == "put" and window.check.verb in {"look", "contains"}


_NORMALISERS = tuple(
    f".{name}()"
    for name in ("strip", "lower", "upper", "lstrip", "rstrip", "title", "casefold", "capitalize")
)


def normalised(window: Window) -> bool:
    """``self.code = self.code.upper()``: doing it again changes nothing."""
    if window.trust is not Trust.COMPUTED:
        return False
    made = [each for each in window.use.written if each.column in window.columns]
    return bool(made) and all(each.term.endswith(_NORMALISERS) for each in made)


def allowed_then(window: Window) -> bool:
    """What a request was allowed to start is done later, by a job that was not told why."""
    return window.job is not None and not window.own and not window.handed


EXEMPTIONS: tuple[Callable[[Window], bool], ...] = (
    normalised,
    idempotent,
    cache_fill,
    allowed_then,
)
