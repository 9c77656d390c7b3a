"""TOC206: a lock that ends before what it is for."""

from __future__ import annotations

from tocsin.model.anomaly import Name
from tocsin.static.effect import ScopeKind
from tocsin.static.rules.base import Judge, Match, item
from tocsin.static.window import Window


def match(window: Window) -> Match | None:
    if window.store != "database" or not window.own:
        return None
    if window.flawed("early release"):
        return Match(
            f"The lock around {item(window)} is given back before what was written under it is "
            "committed: whoever waits for it comes in and still reads what was there before."
        )
    if not window.flawed("outside"):
        return None
    return Match(
        f"{item(window)} is locked, but the lock is given back before the row is written: locks "
        "last until the end of their transaction, and the use is not in it.",
        confidence="low" if _taken_elsewhere(window) else "medium",
    )


def _taken_elsewhere(window: Window) -> bool:
    """Django locks nothing outside of a transaction: whoever calls this has begun one."""
    lock = window.check
    bare = lock.session == "django" and not lock.inside(ScopeKind.TRANSACTION)
    return bare and not window.entry.routed


JUDGE = Judge("TOC206", Name.DOUBLE_SUBMIT, match)
