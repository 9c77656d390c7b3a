"""Isolation levels that refuse the second of two transactions."""

from __future__ import annotations

from tocsin.static.effect import Kind, ScopeKind
from tocsin.static.protections.transactions import together
from tocsin.static.window import Protection, Shield, Window
from tocsin.static.world import World

_SERIALIZABLE = "SERIALIZABLE"


def isolated(window: Window, world: World) -> Protection | None:
    """SERIALIZABLE or REPEATABLE READ, asked for before the check in its transaction, or for all.

    The weaker one refuses to write over a row that has changed, and knows nothing of rows that
    were not there.
    """
    if window.store != "database":
        return None
    shared = {scope.number for scope in window.use.effect.scopes}
    for scope in window.check.inside(ScopeKind.TRANSACTION):
        named = {scope.term, window.check.session, window.use.effect.session}
        if (
            scope.number in shared
            and (len(named) == 1 or _bound(window))
            and _refused(window, scope.detail)
        ):
            return Protection(Shield.ISOLATION, window.check.at)
    for place in range(window.index):
        effect = window.effects[place]
        if effect.kind is not Kind.ISOLATE or not _refused(window, effect.verb):
            continue
        if together(window.effects, place, window.use.index):
            return Protection(Shield.ISOLATION, effect.at)
    level = world.settings.level(window.model.kind) if window.model is not None else ""
    if _refused(window, level) and together(window.effects, window.index, window.use.index):
        return Protection(Shield.ISOLATION, window.check.at)
    return None


def _bound(window: Window) -> bool:
    """Whether statements go through the database that their model is bound to, unnamed."""
    return window.model is not None and window.model.kind == "peewee"


def _refused(window: Window, level: str) -> bool:
    """Whether transactions of this level cannot both do what the window does."""
    if not level or level == _SERIALIZABLE:
        return bool(level)
    return window.same_row and window.use.verb != "insert"
