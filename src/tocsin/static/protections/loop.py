"""In memory, on one event loop: without an await nothing comes between."""

from __future__ import annotations

from tocsin.static.effect import Effect, Kind
from tocsin.static.window import ONE_PROCESS, Protection, Shield, Window
from tocsin.static.world import World


def uninterrupted(window: Window, world: World) -> Protection | None:
    """No scheduling point lies between check and use.

    In threads the interpreter switches at calls; without one, only a free-threaded build does,
    which leaves the window open, but low.
    """
    if window.store != "memory":
        return None
    kinds = {effect.kind for effect in window.crossings}
    if not window.threaded:
        if kinds & {Kind.AWAIT}:
            return None
        return Protection(Shield.LOOP, window.check.at, flaw=ONE_PROCESS)
    if kinds & {Kind.AWAIT, Kind.CALL} or _through_store(window):
        return None
    return Protection(Shield.LOOP, window.check.at, closes=False, flaw="free threading")


def entered(window: Window, world: World) -> Protection | None:
    """``if key in running: refuse; running.add(key)``, and whatever is awaited comes after that.

    Who comes later finds the key: what the window ends with, as ``running.discard(key)``, is done
    by the one who has set it.
    """
    absent = window.guard is not None and window.guard.found < 0
    if window.store != "memory" or window.threaded or not window.refusal or not absent:
        return None
    for place in range(window.index + 1, window.use.index):
        effect = window.effects[place]
        if effect.kind is Kind.AWAIT:
            return None
        if effect.kind is Kind.WRITE and _same_key(window.check, effect):
            return Protection(Shield.LOOP, effect.at, flaw=ONE_PROCESS)
    return None


def _same_key(check: Effect, put: Effect) -> bool:
    """Whether what was looked for in a container is what is put into it."""
    if check.item is None or put.item is None or check.item.name != put.item.name:
        return False
    if put.item.where:
        return put.item.where == check.item.where
    looked = {each.term for each in check.item.where}
    return bool(looked) and looked == {each.term for each in put.written}


def _through_store(window: Window) -> bool:
    return any(effect.item and effect.item.store != "memory" for effect in window.crossings)
