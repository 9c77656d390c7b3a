"""TOC214: a validator asks the database, and the write comes in another statement."""

from __future__ import annotations

from tocsin.model.anomaly import Name
from tocsin.model.verdict import Severity
from tocsin.static.effect import ScopeKind
from tocsin.static.rules.base import Judge, Match, item
from tocsin.static.window import Trust, Window


def match(window: Window) -> Match | None:
    if window.store != "database" or window.trust is not Trust.TESTED or not window.own:
        return None
    around = {each.number for each in window.check.inside(ScopeKind.VALIDATION)}
    if not around or any(each.number in around for each in window.use.effect.scopes):
        return None
    if window.flawed("unhandled"):
        return Match(
            f"A validator looks whether {item(window)} is taken; of two requests at once the "
            "unique constraint refuses the second, and nobody handles its IntegrityError.",
            Severity.LOW,
            anomaly=Name.CRASH,
        )
    return Match(
        f"A validator reads {item(window)}, and what it has allowed is written in another "
        "statement: two requests at once both pass, and no constraint or lock decides.",
        Severity.MEDIUM,
    )


JUDGE = Judge("TOC214", Name.DUPLICATE_CREATE, match)
