"""TOC215: a row is taken away because others are left, and two requests take one each."""

from __future__ import annotations

from tocsin.model.anomaly import Name
from tocsin.static.exemptions import quiet
from tocsin.static.rules.base import Judge, Match, item
from tocsin.static.window import Window


def match(window: Window) -> Match | None:
    if window.store != "database" or not window.last:
        return None
    trimmed = window.guard is not None and quiet(window, window.guard)
    return Match(
        f"{item(window)} is taken away because others are left: two requests at once see each "
        "other's, take one each, and none is left.",
        confidence="low" if trimmed else "medium",
    )


JUDGE = Judge("TOC215", Name.WRITE_SKEW, match)
