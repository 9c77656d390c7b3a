"""TOC202: a column is written with a value that was computed from an old one."""

from __future__ import annotations

import re

from tocsin.model.anomaly import Name
from tocsin.static.rules.base import Judge, Match, columns, item
from tocsin.static.window import Trust, Window

# The old value is only what is left where nothing new was given, or all that is new is its truth.
_KEPT = re.compile(r"^(?!.* [-+*/|&] ).*(?:^\(?not |\.get\(|^either\(|^\(.* or )")


def match(window: Window) -> Match | None:
    if window.store != "database" or window.trust is not Trust.COMPUTED:
        return None
    terms = [each.term for each in window.use.written if each.column in window.columns]
    sure = not terms or any(_KEPT.search(each) is None for each in terms)
    return Match(
        f"{columns(window)} of {item(window)} is computed from what was read before: of two "
        "requests at once, one change is lost.",
        confidence="medium" if sure else "low",
    )


JUDGE = Judge("TOC202", Name.LOST_UPDATE, match)
