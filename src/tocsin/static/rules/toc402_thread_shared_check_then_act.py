"""TOC402: state in memory, shared by threads, checked and then changed."""

from __future__ import annotations

from tocsin.model.anomaly import Name
from tocsin.model.verdict import Severity
from tocsin.static.rules.base import Judge, Match, item
from tocsin.static.window import Window


def match(window: Window) -> Match | None:
    if window.store != "memory" or not window.threaded or not window.own:
        return None
    if window.flawed("free threading"):
        return Match(
            f"{item(window)} is checked and changed without a lock: under the GIL no thread is "
            "switched here, a free-threaded build races.",
            Severity.LOW,
        )
    return Match(
        f"{item(window)} is checked and then changed, and threads are switched in between: two "
        "requests both pass the check."
    )


JUDGE = Judge("TOC402", Name.LOST_UPDATE, match)
