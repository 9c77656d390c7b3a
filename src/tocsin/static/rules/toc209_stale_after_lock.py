"""TOC209: the lock is right, but the identity map gives the old object back."""

from __future__ import annotations

from tocsin.model.anomaly import Name
from tocsin.static.rules.base import Judge, Match, columns, item
from tocsin.static.window import Window


def match(window: Window) -> Match | None:
    if window.store != "database" or not window.flawed("stale"):
        return None
    return Match(
        f"{item(window)} was loaded before it is read FOR UPDATE: the session gives back the "
        f"object it has, and {columns(window)} is as old as before; populate_existing or refresh "
        "reads it again."
    )


JUDGE = Judge("TOC209", Name.DOUBLE_SUBMIT, match)
