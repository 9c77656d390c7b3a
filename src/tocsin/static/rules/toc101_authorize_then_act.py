"""TOC101: a right is read, then used in another statement, while it may be taken away."""

from __future__ import annotations

from tocsin.model.anomaly import Name
from tocsin.model.verdict import Severity
from tocsin.static.effect import Kind
from tocsin.static.interpret.remembering import REMEMBERED
from tocsin.static.rules.base import Judge, Match, columns, item
from tocsin.static.window import Trust, Window

_CHANGING = ("POST ", "PUT ", "PATCH ", "DELETE ")


def match(window: Window) -> Match | None:
    if window.store not in {"database", "memory"} or window.trust is not Trust.TESTED:
        return None
    if window.own or window.refusal != "403" or window.same_row:
        return None
    if window.check.verb == "count" or _noted(window):
        return None  # a limit, which is no right; or what happens is only noted
    if REMEMBERED in window.check.options:
        return None  # older than the request: TOC103
    shown = window.use.effect.kind is Kind.READ
    if shown and (window.entry.endpoint.startswith(_CHANGING) or _changes(window)):
        return None  # what is read on the way to a change is not what the right is for
    others = ", ".join(window.rivals[:3])
    what = "shown" if shown else "done"
    return Match(
        f"The right to do this ({columns(window)} of {item(window)}) is read first, and what it "
        f"allows is {what} after that: it may have been taken away in between ({others}).",
        Severity.LOW if shown else Severity.HIGH,
    )


def _changes(window: Window) -> bool:
    """Whether something is written later because of the test."""
    guard = window.guard
    return guard is not None and any(
        each.kind in {Kind.WRITE, Kind.SET}
        and any((g.number, g.holds) == (guard.number, guard.holds) for g in each.guards)
        for each in window.effects[window.use.index :]
    )


def _noted(window: Window) -> bool:
    """Whether what follows is a mark in a cache, as of attempts and of locks."""
    effect = window.use.effect
    cached = effect.item is not None and effect.item.store == "cache"
    return cached and effect.kind is Kind.WRITE and not window.same_item


JUDGE = Judge("TOC101", Name.STALE_AUTHORIZATION, match)
