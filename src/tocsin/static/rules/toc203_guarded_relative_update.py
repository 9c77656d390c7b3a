"""TOC203: tested in Python, then changed by the database without the test."""

from __future__ import annotations

from tocsin.model.anomaly import Name
from tocsin.model.verdict import Severity
from tocsin.static.overlap import named, trusted
from tocsin.static.rules.base import Judge, Match, columns, error, item
from tocsin.static.window import Trust, Window


def match(window: Window) -> Match | None:
    if window.store != "database" or window.trust is not Trust.TESTED or not window.own:
        return None
    relative = frozenset(each.column for each in window.use.written if each.relative)
    tested = trusted(window.check, window.columns)
    if not tested & named(relative, window.use.effect.model):
        return None
    if window.flawed("unhandled"):
        return Match(
            f"{columns(window)} of {item(window)} is tested in Python, and then changed by the "
            "database, whatever it is by then: of two requests at once the second breaks the CHECK "
            f"constraint, and nobody handles its {error(window)}.",
            Severity.MEDIUM,
            anomaly=Name.CRASH,
        )
    return Match(
        f"{columns(window)} of {item(window)} is tested in Python, and then changed by the "
        "database, whatever it is by then: two requests at once go past the limit."
    )


JUDGE = Judge("TOC203", Name.LIMIT_OVERRUN, match)
