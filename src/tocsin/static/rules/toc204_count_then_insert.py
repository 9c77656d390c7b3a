"""TOC204: rows are counted, then one is added; or numbered."""

from __future__ import annotations

import re

from tocsin.model.anomaly import Name
from tocsin.static.rules.base import Judge, Match, item
from tocsin.static.window import Trust, Window

# Two rows in one place of a list: somebody moves one of them.
_PLACES = re.compile(r"(?:^|_)(?:sort_order|order|ordering|position|rank|weight|sort)$|^sort_")

# Steps of more than one leave room to put others in between.
_GAPS = re.compile(r" \+ (?!1\b)\d{2,}")

_NAMED = re.compile(r"^[\w.@]+$")
_COMPUTED = re.compile(r" [-+] ")


def match(window: Window) -> Match | None:
    if window.store != "database" or window.use.verb != "insert" or not window.own:
        return None
    numbered = frozenset(
        each.column
        for each in window.use.written
        if any(dep.source == window.index for dep in each.deps) and _COMPUTED.search(each.term)
    )
    if window.trust is Trust.COMPUTED:
        terms = [each.term for each in window.use.written if each.column in window.columns]
        if terms and all(map(_NAMED.search, terms)):
            return None  # it is what another object has: nothing was counted
        return _numbered(window, window.columns)
    if window.check.verb != "count" or (window.guard is not None and window.guard.found):
        return None  # none, or some: that is no limit
    if numbered and not window.refusal:
        return _numbered(window, numbered)
    return Match(
        f"{item(window)} is counted, and one is added: two requests at once both see room for one."
    )


def _numbered(window: Window, columns: frozenset[str]) -> Match:
    terms = [each.term for each in window.use.written if each.column in columns]
    placed = all(map(_PLACES.search, columns)) or (bool(terms) and all(map(_GAPS.search, terms)))
    return Match(
        f"{', '.join(sorted(columns))} of a new {item(window)} is computed from those that are "
        "there: two requests at once compute the same.",
        confidence="low" if placed else "medium",
        anomaly=Name.DUPLICATE_CREATE,
    )


JUDGE = Judge("TOC204", Name.LIMIT_OVERRUN, match)
