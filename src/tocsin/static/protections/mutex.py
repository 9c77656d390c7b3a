"""Locks of the program: around check, use and commit, shared by those who race."""

from __future__ import annotations

from tocsin.static.effect import Kind, ScopeKind
from tocsin.static.window import Protection, Shield, Window

_LOCAL = frozenset({"asyncio", "thread"})


def mutex(window: Window) -> Protection | None:
    """A lock held from the check to the use.

    One that is made for each call protects nothing; one of a process protects what is in a
    database only as long as there is one process, which is said but not counted as a finding.
    """
    held = {scope.number for scope in window.use.effect.inside(ScopeKind.LOCK)}
    for scope in window.check.inside(ScopeKind.LOCK):
        if scope.number not in held:
            continue
        if scope.fresh:
            return Protection(Shield.MUTEX, window.check.at, closes=False, flaw="per call")
        if window.store == "database" and not _committed_within(window, scope.number):
            return Protection(Shield.MUTEX, window.check.at, closes=False, flaw="early release")
        local = scope.detail in _LOCAL and window.store != "memory"
        return Protection(Shield.MUTEX, window.check.at, flaw="one process" if local else "")
    return None


def _committed_within(window: Window, number: int) -> bool:
    """Whether the lock outlives the commit that follows the use."""
    for effect in window.effects[window.use.index + 1 :]:
        if effect.kind is Kind.COMMIT:
            return any(scope.number == number for scope in effect.scopes)
    return True
