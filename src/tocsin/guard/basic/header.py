"""What stands in ``Authorization: Basic …``: RFC 7617, read strictly."""

from __future__ import annotations

import base64
import re
import unicodedata
from dataclasses import dataclass, field

from tocsin.guard.errors import Malformed

LIMIT = 2048
"""How long what follows ``Basic`` may be."""

_HEADER = re.compile(r"basic +(\S+)[ \t]*", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who somebody says they are, and what shall prove it."""

    username: str
    password: str = field(repr=False)


def parse(value: str, *, limit: int = LIMIT) -> Credentials:
    """The credentials of an ``Authorization`` header. Raises ``Malformed``, whatever is wrong.

    One spelling is accepted: canonical base64 (RFC 4648, 4), UTF-8, no control characters. The
    first colon ends the user-id, the password may have more. Both come in the form that browsers
    and phones disagree on least: see `prepared`.
    """
    found = _HEADER.fullmatch(value) if len(value) <= limit + len("Basic ") else None
    if found is None:
        raise Malformed("no Basic credentials, or more than anybody needs")
    username, colon, password = _decoded(found[1]).partition(":")
    if not colon:
        raise Malformed("credentials without a colon")
    if any(unicodedata.category(character) == "Cc" for character in username + password):
        raise Malformed("credentials with control characters")
    return Credentials(unicodedata.normalize("NFC", username), prepared(password))


def prepared(password: str) -> str:
    """A password as it is hashed and compared: the OpaqueString of RFC 8265, 4.2.

    Other spaces become the one of ASCII, and letters with accents have their composed form.
    """
    spaced = (" " if unicodedata.category(c) == "Zs" else c for c in password)
    return unicodedata.normalize("NFC", "".join(spaced))


def _decoded(token: str) -> str:
    try:
        raw = base64.b64decode(token, validate=True)
        # What ends in other bits, or in more padding, says the same in another spelling.
        if base64.b64encode(raw).decode() == token:
            return raw.decode("utf-8")
    except ValueError:
        pass
    raise Malformed("credentials that are not canonical base64 of UTF-8")
