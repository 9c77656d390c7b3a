"""TOC213: the check is committed before the transaction of the use begins."""

from __future__ import annotations

from tocsin.model.anomaly import Name
from tocsin.static.effect import ScopeKind
from tocsin.static.rules.base import Judge, Match, columns, item
from tocsin.static.window import Trust, Window


def match(window: Window) -> Match | None:
    if window.store != "database" or window.trust is not Trust.TESTED or not window.own:
        return None
    if not window.split:
        return None
    if window.check.lock and not window.check.inside(ScopeKind.TRANSACTION):
        return None  # a lock that is given back: that is the matter then
    return Match(
        f"{item(window)} is tested ({columns(window)}) in one transaction and written in the next: "
        "what the first has seen or locked is given up with its commit.",
        # What is not refused may be a default that is set twice; a row that is added twice stays.
        confidence="medium" if window.refusal or window.use.verb == "insert" else "low",
    )


JUDGE = Judge("TOC213", Name.DOUBLE_SUBMIT, match)
