"""TOC106: a dependency or hook copies a right, and the handler decides by the copy."""

from __future__ import annotations

from tocsin.model.anomaly import Name
from tocsin.model.verdict import Severity
from tocsin.static.effect import Kind
from tocsin.static.rules.base import Judge, Match, columns, item
from tocsin.static.window import Trust, Window


def match(window: Window) -> Match | None:
    if not window.copied or window.store != "database" or window.trust is not Trust.TESTED:
        return None
    if window.own or window.refusal != "403":
        return None
    others = ", ".join(window.rivals[:3])
    shown = window.use.effect.kind is Kind.READ
    what = "shows" if shown else "acts"
    return Match(
        f"{columns(window)} of {item(window)} is copied before the handler begins, and it {what} "
        f"by the copy: it may say something else by then ({others}).",
        Severity.LOW if shown else Severity.HIGH,
    )


JUDGE = Judge("TOC106", Name.STALE_AUTHORIZATION, match)
