"""The check is made again under a lock: the first one only saves work."""

from __future__ import annotations

from dataclasses import replace

from tocsin.static.effect import Kind
from tocsin.static.overlap import same_store
from tocsin.static.protections.locks import row_lock
from tocsin.static.protections.mutex import mutex
from tocsin.static.window import Protection, Shield, Window
from tocsin.static.world import World


def rechecked(window: Window, world: World) -> Protection | None:
    """A later read of the same, trusted by the same use, that is itself protected."""
    deps = {dep.source for guard in window.use.effect.guards for dep in guard.deps}
    deps |= {dep.source for each in window.use.written for dep in each.deps}
    for place in range(window.index + 1, window.use.index):
        effect = window.effects[place]
        if place not in deps or effect.kind is not Kind.READ:
            continue
        if not same_store(effect, window.check):
            continue
        later = replace(window, index=place, check=effect, protections=())
        for ask in (row_lock, mutex):
            found = ask(later, world)
            if found is not None and found.closes:
                return Protection(Shield.RECHECKED, effect.at)
    return None
