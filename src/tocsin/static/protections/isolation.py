"""Isolation levels that refuse the second of two transactions."""

from __future__ import annotations

from tocsin.static.effect import Kind, ScopeKind
from tocsin.static.protections.transactions import together
from tocsin.static.window import Protection, Shield, Window
from tocsin.static.world import World


def isolated(window: Window, world: World) -> Protection | None:
    """SERIALIZABLE or REPEATABLE READ was asked for before the check, in its transaction."""
    if window.store != "database":
        return None
    shared = {scope.number for scope in window.use.effect.scopes}
    for scope in window.check.inside(ScopeKind.TRANSACTION):
        if scope.detail and scope.number in shared:
            return Protection(Shield.ISOLATION, window.check.at)
    for place in range(window.index):
        effect = window.effects[place]
        if effect.kind is Kind.ISOLATE and together(window.effects, place, window.use.index):
            return Protection(Shield.ISOLATION, effect.at)
    return None
