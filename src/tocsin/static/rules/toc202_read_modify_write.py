"""TOC202: a column is written with a value that was computed from an old one."""

from __future__ import annotations

from tocsin.model.anomaly import Name
from tocsin.static.rules.base import Judge, Match, columns, item
from tocsin.static.window import Trust, Window


def match(window: Window) -> Match | None:
    if window.store != "database" or window.trust is not Trust.COMPUTED:
        return None
    return Match(
        f"{columns(window)} of {item(window)} is computed from what was read before: of two "
        "requests at once, one change is lost."
    )


JUDGE = Judge("TOC202", Name.LOST_UPDATE, match)
