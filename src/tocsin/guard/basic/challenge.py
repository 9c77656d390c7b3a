"""``WWW-Authenticate``: how to log in. RFC 7617, 2 and 2.1."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tocsin.guard.errors import Unauthenticated

_PRINTABLE = re.compile(r"[ -~]*")
_QUOTED = re.compile(r'(["\\])')


def challenge(realm: str) -> str:
    """The header's value. Raises ``ValueError`` for a realm that is not printable ASCII."""
    if not _PRINTABLE.fullmatch(realm):
        raise ValueError(f"a realm is printable ASCII, not {realm!r}")
    quoted = _QUOTED.sub(r"\\\1", realm)
    return f'Basic realm="{quoted}", charset="UTF-8"'


def refused(realm: str) -> Unauthenticated:
    """The one refusal there is: it does not say what was wrong."""
    headers: Mapping[str, str] = {"WWW-Authenticate": challenge(realm)}
    return Unauthenticated("name and password are needed, and have to be right", headers=headers)
