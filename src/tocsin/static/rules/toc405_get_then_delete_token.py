"""TOC405: what may be used once is looked at, trusted, and then taken away or marked."""

from __future__ import annotations

import re

from tocsin.model.anomaly import Name
from tocsin.static.rules.base import Judge, Match, item
from tocsin.static.window import Trust, Window

_ONCE = re.compile(
    r"token|nonce|otp|one_?time|invit|voucher|coupon|magic_?link|recovery|reset|verif|challenge"
    r"|auth(?:orization)?_?code|activation|gift_?card|redeem",
    re.IGNORECASE,
)
"""Names of what may be used once."""
_LASTING = re.compile(
    r"api_?token|access_?token|auth_?token|personal|device|session|refresh", re.IGNORECASE
)
"""… and of what resembles it, and is used again and again."""


def match(window: Window) -> Match | None:
    if window.trust is not Trust.TESTED or not window.own or not window.refusal:
        return None
    if window.store == "cache":
        if window.use.verb != "remove" or window.heard or not window.followed:
            return None
    elif window.store != "database" or not _single_use(window):
        return None
    return Match(
        f"{item(window)} may be used once, and is read before it is taken away: two requests at "
        "once both read it, and both are let through."
    )


def _single_use(window: Window) -> bool:
    if window.use.verb == "insert" or not window.same_row or window.heard:
        return False
    if window.use.verb == "delete" and not window.followed:
        return False  # looked for and taken back: the second time does nothing more
    name = item(window)
    return _ONCE.search(name) is not None and _LASTING.search(name) is None


JUDGE = Judge("TOC405", Name.DOUBLE_SUBMIT, match)
