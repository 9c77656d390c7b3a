"""Credentials by name: what may be written down instead of them, and the way back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

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


@dataclass(frozen=True, slots=True)
class Redaction:
    """What `redact` looks for, made ready to be looked for in many texts."""

    named: Mapping[str, str] = field(repr=False)
    pattern: re.Pattern[str] | None = field(repr=False)

    @classmethod
    def of(cls, secrets: Iterable[Secret]) -> Self:
        """The longest value goes first, so a token that contains a password goes as a whole."""
        named: dict[str, str] = {}
        for secret in secrets:
            if secret.value:
                named.setdefault(secret.value, secret.placeholder)
        values = sorted(named, key=lambda value: (-len(value), value))
        return cls(named, re.compile("|".join(map(_pattern, values))) if values else None)

    def text(self, text: str) -> str:
        """All in one pass, so a placeholder is never itself searched."""
        if self.pattern is None:
            return text
        return self.pattern.sub(lambda match: self.named[match.group()], text)


def redact(text: str, secrets: Iterable[Secret]) -> str:
    """Put each secret's placeholder where its value stands."""
    return Redaction.of(secrets).text(text)


def reveal(text: str, secrets: Iterable[Secret]) -> str:
    """Undo `redact` with the secrets of today, for a request that is sent again."""
    for secret in secrets:
        text = text.replace(secret.placeholder, secret.value)
    return text


def _pattern(value: str) -> str:
    escaped = re.escape(value)
    return escaped if len(value) >= _SHORT else rf"(?<!\w){escaped}(?!\w)"
