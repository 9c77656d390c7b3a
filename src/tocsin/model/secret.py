"""Credentials by name: what may be written down instead of them, and the way back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_SHORT = 4
"""Below this length a secret is replaced only where it stands as a word of its own."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that must not leave the process. ``name`` (``alice.password``) may."""

    name: str
    value: str = field(repr=False)

    @property
    def placeholder(self) -> str:
        return f"<secret {self.name}>"


def redact(text: str, secrets: Iterable[Secret]) -> str:
    """Put each secret's placeholder where its value stands.

    The longest value goes first, so a token that contains a password is replaced as a whole; all
    in one pass, so a placeholder is never itself searched.
    """
    named: dict[str, str] = {}
    for secret in secrets:
        if secret.value:
            named.setdefault(secret.value, secret.placeholder)
    if not named:
        return text
    values = sorted(named, key=lambda value: (-len(value), value))
    pattern = "|".join(map(_pattern, values))
    return re.sub(pattern, lambda match: named[match.group()], text)


def reveal(text: str, secrets: Iterable[Secret]) -> str:
    """Undo `redact` with the secrets of today, for a request that is sent again."""
    for secret in secrets:
        text = text.replace(secret.placeholder, secret.value)
    return text


def _pattern(value: str) -> str:
    escaped = re.escape(value)
    return escaped if len(value) >= _SHORT else rf"(?<!\w){escaped}(?!\w)"
