"""TOC102: ownership is tested on what was read, the effect goes by the key alone."""

from __future__ import annotations

from tocsin.model.anomaly import Name
from tocsin.model.verdict import Severity
from tocsin.static.effect import Kind
from tocsin.static.rules.base import Judge, Match, columns, item
from tocsin.static.window import Trust, Window


def match(window: Window) -> Match | None:
    if window.store != "database" or window.trust is not Trust.TESTED:
        return None
    if window.own or window.refusal != "403" or not window.same_row:
        return None
    shown = window.use.effect.kind is Kind.READ
    others = ", ".join(window.rivals[:3])
    return Match(
        f"{columns(window)} of {item(window)} is tested, and the row is then written by its key: "
        f"it may belong to somebody else by then ({others}).",
        Severity.LOW if shown else Severity.HIGH,
    )


JUDGE = Judge("TOC102", Name.STALE_AUTHORIZATION, match)
