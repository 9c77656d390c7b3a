"""In memory, on one event loop: without an await nothing comes between."""

from __future__ import annotations

from tocsin.static.effect import Kind
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


def _through_store(window: Window) -> bool:
    return any(effect.item and effect.item.store != "memory" for effect in window.crossings)
