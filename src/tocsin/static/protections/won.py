"""A row that was moved on, in a step that only one request can make: the others were refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tocsin.static.effect import Effect, Kind
from tocsin.static.overlap import named, same_store, trusted
from tocsin.static.protections.isolation import isolated
from tocsin.static.protections.locks import row_lock
from tocsin.static.protections.mutex import mutex
from tocsin.static.uses import uses
from tocsin.static.value import ROWCOUNT, Dep
from tocsin.static.window import Protection, Shield, Trust, Use, Window
from tocsin.static.world import World


def won(window: Window, world: World) -> Protection | None:
    """``status`` was tested and set under a lock, or by an UPDATE that asked for the old one.

    Only who has done that gets to the use: what is written later is nobody else's.
    """
    if window.store != "database" or not window.own or window.use.verb == "insert":
        return None
    for mark in uses(window.effects[: window.use.index]):
        if not same_store(mark.effect, window.check) or mark.verb in {"insert", "delete"}:
            continue
        if _conditional(window, mark) or any(_alone(each, world) for each in _tests(window, mark)):
            return Protection(Shield.RECHECKED, mark.effect.at)
    return None


def _conditional(window: Window, mark: Use) -> bool:
    """Whether an UPDATE has asked for what it then changed, and its answer was heard."""
    item, model = mark.effect.item, mark.effect.model
    guards = window.effects[window.use.index].guards
    if item is None or not any(Dep(mark.index, ROWCOUNT) in each.deps for each in guards):
        return False
    stated = named(frozenset(each.column for each in item.where), model)
    return bool(stated & named(_set(mark, None), model))


def _tests(window: Window, mark: Use) -> Iterator[Window]:
    """The windows from what was tested, on the way to the use, to where that is changed."""
    wrote = {(guard.number, guard.holds) for guard in mark.effect.guards}
    for guard in window.effects[window.use.index].guards:
        if (guard.number, guard.holds) not in wrote:
            continue
        for dep in guard.deps:
            if not isinstance(dep.source, int) or dep.source >= mark.index:
                continue
            check = window.effects[dep.source]
            if _moved(check, mark, dep) and same_store(check, window.check):
                yield replace(
                    window,
                    trust=Trust.TESTED,
                    index=dep.source,
                    check=check,
                    use=mark,
                    columns=frozenset({dep.column}),
                    guard=guard,
                    protections=(),
                )


def _moved(check: Effect, mark: Use, dep: Dep) -> bool:
    """Whether the very column that was tested gets another value, which was not computed of it."""
    if check.kind is not Kind.READ:
        return False
    tested = trusted(check, frozenset({dep.column}))
    return bool(tested & named(_set(mark, dep.source), mark.effect.model))


def _set(mark: Use, source: int | str | None) -> frozenset[str]:
    return frozenset(
        each.column
        for each in mark.written
        if not each.relative and all(dep.source != source for dep in each.deps)
    )


def _alone(window: Window, world: World) -> bool:
    found = (ask(window, world) for ask in (row_lock, mutex, isolated))
    return any(each is not None and each.closes for each in found)
