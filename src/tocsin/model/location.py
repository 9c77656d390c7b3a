"""A place in the user's source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """One line of source: ``path`` as the user knows it, 1-based ``line``, function and text."""

    path: str
    line: int
    function: str = ""
    code: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"
