"""TOC301: a path is asked about, then used."""

from __future__ import annotations

from tocsin.model.anomaly import Name
from tocsin.model.verdict import Severity
from tocsin.static.rules.base import Judge, Match, item
from tocsin.static.window import Trust, Window


def match(window: Window) -> Match | None:
    if window.store != "file" or window.trust is not Trust.TESTED or window.check.verb == "islink":
        return None
    if window.use.verb == "mkdir" and window.guard is not None and window.guard.found < 0:
        return _made(window)
    if not window.refusal:
        return None
    if window.use.verb == "remove":
        return Match(
            f"{item(window)} is there when asked, and perhaps gone when it is removed: the second "
            "of two requests fails.",
            Severity.MEDIUM,
            anomaly=Name.CRASH,
        )
    if window.use.verb not in {"write", "move", "touch"}:
        return None
    return Match(
        f"{item(window)} is not there when asked, and perhaps there when it is written: one of two "
        "requests overwrites what the other has stored.",
    )


def _made(window: Window) -> Match:
    return Match(
        f"{item(window)} is not there when asked, and perhaps there when it is made: the second "
        "of two requests fails.",
        Severity.LOW,
        anomaly=Name.CRASH,
        advice="os.makedirs(path, exist_ok=True) asks and makes in one.",
    )


JUDGE = Judge("TOC301", Name.DUPLICATE_CREATE, match)
