"""TOC212: a version is compared in Python, and the write does not compare it again."""

from __future__ import annotations

from tocsin.model.anomaly import Name
from tocsin.model.verdict import Severity
from tocsin.static.overlap import trusted
from tocsin.static.rules.base import Judge, Match, item
from tocsin.static.window import Trust, Window
from tocsin.static.words import versions


def match(window: Window) -> Match | None:
    if window.store != "database" or window.trust is not Trust.TESTED or not window.own:
        return None
    if window.use.verb in {"insert", "delete"} or not window.refusal:
        return None
    found = versions(trusted(window.check, window.columns), window.refusal)
    if not found:
        return None
    return Match(
        f"{', '.join(sorted(found))} of {item(window)} is compared in Python, and the write does "
        "not compare it: two edits of the same version both pass, and the second replaces the "
        "first.",
        Severity.MEDIUM,
    )


JUDGE = Judge("TOC212", Name.LOST_UPDATE, match)
