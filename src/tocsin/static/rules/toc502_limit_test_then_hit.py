"""TOC502: a rate or attempt limit is tested first, and counted when the work is done."""

from __future__ import annotations

import re

from tocsin.model.anomaly import Name
from tocsin.static.effect import answered
from tocsin.static.rules.base import Judge, Match, columns, item
from tocsin.static.window import Trust, Window

_LIMIT = re.compile(r"attempt|tries|retry|fail|throttl|rate_?limit", re.IGNORECASE)
_COUNTED = frozenset({"insert", "put", "count", "set", "save", "update", "append"})
_ADDED = frozenset({"insert", "put", "count", "append"})


def match(window: Window) -> Match | None:
    guard = window.guard
    if not window.own or window.trust is not Trust.TESTED or guard is None:
        return None
    if window.use.verb not in _COUNTED or not _limited(window):
        return None
    what = columns(window) if window.model is not None else "how often"
    return Match(
        f"The limit ({what} of {item(window)}) is tested before the work and counted after it: of "
        "requests at once all see the count from before, and all go on.",
    )


def _limited(window: Window) -> bool:
    """Told by the status, or, where there is a refusal, by the names."""
    guard = window.guard
    if guard is None:
        return False
    status = answered(window.effects, guard) or guard.refusal
    if status == "429":
        return True
    if not status or window.store == "file":
        return False
    names = [*window.columns, *window.use.columns]
    if window.use.verb in _ADDED or window.model is None:
        names.append(item(window))  # a table of attempts; that a row of it is changed is no count
    return any(_LIMIT.search(each) for each in names)


JUDGE = Judge("TOC502", Name.LIMIT_OVERRUN, match)
