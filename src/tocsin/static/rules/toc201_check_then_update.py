"""TOC201: a row is read, tested and written, and nothing holds it in between."""

from __future__ import annotations

from tocsin.model.anomaly import Name
from tocsin.model.verdict import Severity
from tocsin.static.rules.base import Judge, Match, columns, item
from tocsin.static.window import Trust, Window


def match(window: Window) -> Match | None:
    if window.store != "database" or window.trust is not Trust.TESTED or not window.own:
        return None
    if window.use.verb in {"insert", "delete"}:
        return None
    return Match(
        f"{item(window)} is tested ({columns(window)}) and then written, and another request may "
        "have changed it in between: both pass the test.",
        severity=Severity.HIGH,
    )


JUDGE = Judge("TOC201", Name.DOUBLE_SUBMIT, match)
