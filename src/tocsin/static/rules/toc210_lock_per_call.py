"""TOC210: a lock that every call makes for itself, or that lets several in."""

from __future__ import annotations

from tocsin.model.anomaly import Name
from tocsin.static.rules.base import Judge, Match, item
from tocsin.static.window import Window


def match(window: Window) -> Match | None:
    if window.flawed("several"):
        return Match(
            f"The semaphore around {item(window)} lets several in at once: it limits how many "
            "requests do this, and keeps no two of them apart."
        )
    if not window.flawed("per call"):
        return None
    return Match(
        f"The lock around {item(window)} is made by the very call that takes it: every request "
        "holds its own, and nobody waits."
    )


JUDGE = Judge("TOC210", Name.DOUBLE_SUBMIT, match)
