"""Something wrong that no race is needed for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tocsin.model.http import Request


@dataclass(frozen=True, slots=True)
class Flaw:
    """A kind that its check names, the request that shows it, and how."""

    kind: StrEnum
    request: Request
    reason: str
