"""TOC403: something is made on first use, and two first users make two."""

from __future__ import annotations

from tocsin.model.anomaly import Name
from tocsin.model.verdict import Severity
from tocsin.static.interpret.shared import GLOBAL
from tocsin.static.rules.base import Judge, Match, item
from tocsin.static.window import Trust, Window


def match(window: Window) -> Match | None:
    if window.store != "memory" or window.check.verb != GLOBAL or not window.own:
        return None
    guard = window.guard
    if window.trust is not Trust.TESTED or guard is None or guard.refusal not in {"", "return"}:
        return None
    return Match(
        f"{item(window)} is filled when it is first needed: two first requests at once both find "
        "it empty, and make it twice; one of the two is forgotten.",
        Severity.LOW,
        advice="Make it when the application starts, or look again inside a lock.",
    )


JUDGE = Judge("TOC403", Name.DUPLICATE_CREATE, match)
