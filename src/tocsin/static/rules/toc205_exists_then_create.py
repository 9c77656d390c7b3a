"""TOC205: looked for, not found, created; with a constraint that nobody listens to, a crash."""

from __future__ import annotations

from tocsin.model.anomaly import Name
from tocsin.model.verdict import Severity
from tocsin.static.interpret.rows import LOOKED
from tocsin.static.protections.constraints import alike
from tocsin.static.rules.base import Judge, Match, error, item
from tocsin.static.window import Trust, Window


def match(window: Window) -> Match | None:
    if window.store != "database" or window.trust is not Trust.TESTED:
        return None
    if window.use.verb != "insert" or not window.own:
        return None
    if LOOKED in window.use.effect.options and window.check.at != window.use.effect.at:
        return None  # it is looked for again where it is created: a window of its own
    if window.flawed("unhandled") or window.flawed("on others"):
        heard = "nobody handles" if window.flawed("unhandled") else "somebody handles"
        return Match(
            f"{item(window)} is looked for and then created: the unique constraint{_on(window)} "
            f"refuses the second of two requests, and {heard} its {error(window)}.",
            Severity.MEDIUM,
            anomaly=Name.CRASH,
        )
    return Match(
        f"{item(window)} is looked for and then created, and no constraint keeps it unique: two "
        "requests at once both find nothing, and both create it."
    )


def _on(window: Window) -> str:
    """The columns of the constraint, where they are not those that were looked for."""
    model, looked = window.model, window.check.item
    if model is None or looked is None or model.unique_within(window.sought) is not None:
        return ""
    return f" on {', '.join(sorted(alike(window) or ()))}"


JUDGE = Judge("TOC205", Name.DUPLICATE_CREATE, match)
