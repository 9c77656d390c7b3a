"""TOC404: a key of a cache is looked at, and then set."""

from __future__ import annotations

from tocsin.model.anomaly import Name
from tocsin.static.effect import Kind
from tocsin.static.rules.base import Judge, Match
from tocsin.static.window import Trust, Window

_GOES_ON = frozenset({"", "continue", "break", "return"})


def match(window: Window) -> Match | None:
    if window.store != "cache" or window.use.verb != "put":
        return None
    key = window.check.item.name if window.check.item else "the key"
    if window.trust is Trust.COMPUTED and _renewed(window):
        return None
    if window.trust is Trust.COMPUTED:
        return Match(
            f"What is stored under {key} is computed from what was read there before: of two "
            "requests at once, one change is lost."
        )
    if _fills(window):
        return None
    return Match(
        f"{key} is looked at and then set: two requests at once both find it free, and both go on.",
        anomaly=Name.DOUBLE_SUBMIT,
    )


def _renewed(window: Window) -> bool:
    """Whether the very value is stored again, that it may live longer."""
    same = f"cache[{window.check.item.name}]" if window.check.item else ""
    calls = any(each.kind is Kind.CALL for each in window.crossings)
    return not calls and all(each.term == same for each in window.use.written)


def _fills(window: Window) -> bool:
    """Whether it is a cache that is filled: whoever comes second stores the same again.

    A mark, as ``set(key, True)``, is no content: what is done once because of it is the matter.
    """
    guard = window.guard
    if guard is None or guard.found > 0:
        return True
    if guard.refusal not in _GOES_ON:
        return False
    return not (all(each.constant for each in window.use.written) and window.followed)


JUDGE = Judge("TOC404", Name.LOST_UPDATE, match)
