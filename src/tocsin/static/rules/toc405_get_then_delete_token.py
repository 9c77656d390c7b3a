"""TOC405: what may be used once is looked at, trusted, and then taken away or marked."""

from __future__ import annotations

from tocsin.model.anomaly import Name
from tocsin.static.rules.base import Judge, Match, item
from tocsin.static.window import Trust, Window
from tocsin.static.words import single_use


def match(window: Window) -> Match | None:
    if window.trust is not Trust.TESTED or not window.own or not window.refusal:
        return None
    if window.store == "cache":
        if window.use.verb != "remove" or window.heard or not window.followed:
            return None
    elif window.store != "database" or not _single_use(window):
        return None
    return Match(
        f"{item(window)} may be used once, and is read before it is taken away: two requests at "
        "once both read it, and both are let through."
    )


def _single_use(window: Window) -> bool:
    if window.use.verb == "insert" or not window.same_row or window.heard:
        return False
    if window.use.verb != "delete" and not any(each.constant for each in window.use.written):
        return False  # no mark that it is used
    if window.use.verb == "delete" and not window.followed:
        return False  # looked for and taken back: the second time does nothing more
    return single_use(item(window))


JUDGE = Judge("TOC405", Name.DOUBLE_SUBMIT, match)
