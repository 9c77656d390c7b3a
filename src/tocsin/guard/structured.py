"""Header fields that are a String of RFC 9651, 4.2 (before: RFC 8941); parameters are let pass."""

from __future__ import annotations

import re

from tocsin.guard.errors import Malformed

_MOST = 1_000
_TEXT = r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"'
_KEY = r"[a-z*][a-z0-9_.*-]*"
# Decimals and integers, texts, tokens, bytes, booleans, dates, texts of any script.
_BARE = (
    r"-?[0-9]{1,15}(?:\.[0-9]{1,3})?"
    r'|"(?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"'
    r"|[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*"
    r"|:[A-Za-z0-9+/=]*:"
    r"|\?[01]"
    r"|@-?[0-9]{1,15}"
    r'|%"(?:[\x20-\x21\x23\x24\x26-\x7e]|%[0-9a-f]{2})*"'
)
_ITEM = re.compile(rf"[ ]*{_TEXT}(?:;[ ]*{_KEY}(?:=(?:{_BARE}))?)*[ ]*")
_ESCAPED = re.compile(r'\\(["\\])')


def string(name: str, value: str) -> str:
    """The text that the field ``name`` says. Raises ``Malformed``."""
    found = _ITEM.fullmatch(value) if len(value) <= _MOST else None
    if found is None:
        raise Malformed(f'{name}: a text in quotes is expected, as in {name}: "8e03978e-40d5"')
    return _ESCAPED.sub(r"\1", found[1])
