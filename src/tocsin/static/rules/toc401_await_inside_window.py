"""TOC401: state in memory, checked before an await and used after it."""

from __future__ import annotations

from tocsin.model.anomaly import Name
from tocsin.static.rules.base import Judge, Match, item
from tocsin.static.window import Trust, Window


def match(window: Window) -> Match | None:
    if window.store != "memory" or window.threaded or not window.own:
        return None
    what = "tested" if window.trust is Trust.TESTED else "read"
    return Match(
        f"{item(window)} is {what} before an await and written after it: at the await the event "
        "loop serves other requests, which may do the same."
    )


JUDGE = Judge("TOC401", Name.LOST_UPDATE, match)
