"""Credentials taken out of whatever is written down, in every form in which they are sent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

from tocsin.model.secret import Redaction, Secret

CARRIERS = frozenset(
    {
        *("authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key"),
        *("x-auth-token", "x-access-token", "x-csrftoken", "x-csrf-token"),
    }
)
"""Headers whose values are never written down, whoever they belong to."""

HIDDEN = "<secret>"


@dataclass(slots=True)
class Redactor:
    """Knows the secrets of the configuration, and learns those that servers hand out."""

    secrets: tuple[Secret, ...] = ()
    _known: dict[str, Secret] = field(default_factory=dict)
    _ready: Redaction | None = None

    def __post_init__(self) -> None:
        self.learn(self.secrets)

    def learn(self, secrets: Iterable[Secret]) -> None:
        """More secrets: tokens and sessions."""
        self._ready = None
        for secret in secrets:
            for form in _forms(secret.value):
                self._known.setdefault(form, Secret(secret.name, form))

    @property
    def all(self) -> tuple[Secret, ...]:
        """Every secret in every form, for whoever redacts elsewhere."""
        return tuple(self._known.values())

    def text(self, text: str) -> str:
        """The text without secrets."""
        if self._ready is None:
            self._ready = Redaction.of(self._known.values())
        return self._ready.text(text)

    def headers(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Header fields without secrets; those that carry credentials lose their values."""
        return tuple(
            (name, HIDDEN if name.lower() in CARRIERS else self.text(value))
            for name, value in headers
        )


def _forms(value: str) -> Iterator[str]:
    yield value
    yield quote(value, safe="")
    yield quote(value)
    yield quote_plus(value)
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
