"""Locks of the program: around check, use and commit, shared by those who race."""

from __future__ import annotations

from tocsin.static.effect import Kind, ScopeKind
from tocsin.static.window import ONE_PROCESS, Protection, Shield, Window
from tocsin.static.world import World

_LOCAL = frozenset({"asyncio", "thread"})


def mutex(window: Window, world: World) -> Protection | None:
    """A lock held from the check to the use.

    It protects nothing when each call makes its own or when it is a semaphore that lets several
    in, and nothing from a writer who does not take it. A lock of one process protects as long as
    there is one process: that is said, and not counted as a finding.
    """
    item = window.check.item
    held = {scope.number for scope in window.use.effect.inside(ScopeKind.LOCK)}
    for scope in window.check.inside(ScopeKind.LOCK):
        if scope.number not in held:
            continue
        if scope.fresh:
            return Protection(Shield.MUTEX, window.check.at, closes=False, flaw="per call")
        if scope.detail == "several":
            return Protection(Shield.MUTEX, window.check.at, closes=False, flaw="several")
        if window.store == "database" and not _committed_within(window, scope.number):
            return Protection(Shield.MUTEX, window.check.at, closes=False, flaw="early release")
        if window.store == "memory" and item is not None:
            others = world.unlocked(item.store, item.name, scope.term)
            if others:
                return Protection(
                    Shield.MUTEX, window.check.at, closes=False, flaw="not shared", others=others
                )
        local = scope.detail in _LOCAL or window.store == "memory"
        return Protection(Shield.MUTEX, window.check.at, flaw=ONE_PROCESS if local else "")
    return None


def _committed_within(window: Window, number: int) -> bool:
    """Whether the lock outlives the commit that follows the use."""
    for effect in window.effects[window.use.index + 1 :]:
        if effect.kind is Kind.COMMIT and not effect.inside(ScopeKind.TRANSACTION):
            return any(scope.number == number for scope in effect.scopes)
    return True
