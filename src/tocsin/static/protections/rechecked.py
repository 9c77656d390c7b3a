"""The check is made again where nothing comes between: the first one only saves work."""

from __future__ import annotations

from dataclasses import replace

from tocsin.static.effect import Effect, Kind
from tocsin.static.overlap import same_store
from tocsin.static.protections.locks import row_lock
from tocsin.static.protections.loop import uninterrupted
from tocsin.static.protections.mutex import mutex
from tocsin.static.window import Protection, Shield, Trust, Window
from tocsin.static.world import World


def rechecked(window: Window, world: World) -> Protection | None:
    """A later read of the same, trusted by the same use, that is itself protected.

    What was computed from the first one alone is as old as that, whatever is read after it.
    """
    tested = {dep.source for guard in window.use.effect.guards for dep in guard.deps}
    deps = tested | {dep.source for each in window.use.written for dep in each.deps}
    if window.store == "memory" and window.trust is Trust.TESTED:
        deps = tested
    for place in range(window.index + 1, window.use.index):
        effect = window.effects[place]
        if place not in deps or effect.kind is not Kind.READ:
            continue
        if _alone(window, place):
            continue
        if not same_store(effect, window.check) or not _same_key(effect, window.check):
            continue
        after = {id(each) for each in window.effects[place + 1 : window.use.index]}
        between = tuple(each for each in window.crossings if id(each) in after)
        later = replace(window, index=place, check=effect, protections=(), crossings=between)
        for ask in (row_lock, mutex, uninterrupted):
            found = ask(later, world)
            if found is not None and found.closes:
                return Protection(Shield.RECHECKED, effect.at)
    return None


def _alone(window: Window, place: int) -> bool:
    """Whether something that is written was computed from the check, and not from a later read."""
    if window.trust is not Trust.COMPUTED or window.store != "database":
        return False
    sources = ({dep.source for dep in each.deps} for each in window.use.written)
    return any(window.index in each and place not in each for each in sources)


def _same_key(one: Effect, other: Effect) -> bool:
    """Whether both look at the same entry of what is in memory."""
    if one.item is None or other.item is None or one.item.store != "memory":
        return True
    return one.item.row == other.item.row
