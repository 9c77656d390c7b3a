"""TOC207: the row is locked after it was looked at."""

from __future__ import annotations

from tocsin.model.anomaly import Name
from tocsin.static.rules.base import Judge, Match, columns, item
from tocsin.static.window import Window


def match(window: Window) -> Match | None:
    if window.store != "database" or not window.flawed("late") or not window.own:
        return None
    return Match(
        f"{item(window)} is locked, but {columns(window)} was read before that: what is tested is "
        "as old as the first read."
    )


JUDGE = Judge("TOC207", Name.DOUBLE_SUBMIT, match)
