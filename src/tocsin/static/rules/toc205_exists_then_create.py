"""TOC205: looked for, not found, created; with a constraint that nobody listens to, a crash."""

from __future__ import annotations

from tocsin.model.anomaly import Name
from tocsin.model.verdict import Severity
from tocsin.static.interpret.rows import LOOKED
from tocsin.static.rules.base import Judge, Match, error, item
from tocsin.static.window import Trust, Window


def match(window: Window) -> Match | None:
    if window.store != "database" or window.trust is not Trust.TESTED:
        return None
    if window.use.verb != "insert" or not window.own:
        return None
    if LOOKED in window.use.effect.options and window.check.at != window.use.effect.at:
        return None  # it is looked for again where it is created: a window of its own
    if window.flawed("unhandled"):
        return Match(
            f"{item(window)} is looked for and then created: the unique constraint refuses the "
            f"second of two requests, and nobody handles its {error(window)}.",
            Severity.MEDIUM,
            anomaly=Name.CRASH,
        )
    return Match(
        f"{item(window)} is looked for and then created, and no constraint keeps it unique: two "
        "requests at once both find nothing, and both create it."
    )


JUDGE = Judge("TOC205", Name.DUPLICATE_CREATE, match)
