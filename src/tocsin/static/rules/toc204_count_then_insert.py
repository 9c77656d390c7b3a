"""TOC204: rows are counted, then one is added; or numbered."""

from __future__ import annotations

from tocsin.model.anomaly import Name
from tocsin.static.rules.base import Judge, Match, columns, item
from tocsin.static.window import Trust, Window


def match(window: Window) -> Match | None:
    if window.store != "database" or window.use.verb != "insert" or not window.own:
        return None
    if window.trust is Trust.COMPUTED:
        return Match(
            f"{columns(window)} of a new {item(window)} is computed from those that are there: two "
            "requests at once compute the same.",
            anomaly=Name.DUPLICATE_CREATE,
        )
    if window.check.verb != "count":
        return None
    return Match(
        f"{item(window)} is counted, and one is added: two requests at once both see room for one."
    )


JUDGE = Judge("TOC204", Name.LIMIT_OVERRUN, match)
