"""TOC208: a query that would lock is built, and never run."""

from __future__ import annotations

from tocsin.model.anomaly import Name
from tocsin.static.rules.base import Judge, Match, item
from tocsin.static.window import Window


def match(window: Window) -> Match | None:
    lazy = window.flawed("lazy")
    if window.store != "database" or lazy is None or not window.own:
        return None
    if "lock dropped" in window.check.options:
        return Match(
            f"{item(window)} is counted with select_for_update(), which Django leaves out of a "
            "query that gives no rows: nothing is locked.",
            confidence="high",
        )
    return Match(
        f"The query in line {lazy.at.line} would lock {item(window)}, but nobody runs it: nothing "
        "is locked when the row is tested and written.",
        confidence="high",
    )


JUDGE = Judge("TOC208", Name.DOUBLE_SUBMIT, match)
