"""TOC204: rows are counted, then one is added."""

from __future__ import annotations

from tocsin.model.anomaly import Name
from tocsin.static.rules.base import Judge, Match, item
from tocsin.static.window import Trust, Window


def match(window: Window) -> Match | None:
    if window.store != "database" or window.trust is not Trust.TESTED:
        return None
    if window.use.verb != "insert" or window.check.verb != "count" or not window.own:
        return None
    return Match(
        f"{item(window)} is counted, and one is added: two requests at once both see room for one."
    )


JUDGE = Judge("TOC204", Name.LIMIT_OVERRUN, match)
