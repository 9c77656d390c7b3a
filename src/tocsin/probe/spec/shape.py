"""Documents by other people: what is of another type than it should be is as good as absent."""

from __future__ import annotations

from collections.abc import Mapping

Json = Mapping[str, object]


def mapping(value: object) -> Json:
    """The value, if it is a table."""
    return value if isinstance(value, Mapping) else {}


def entries(value: object) -> list[object]:
    """The value, if it is a list."""
    return list(value) if isinstance(value, (list, tuple)) else []


def text(value: object) -> str:
    """The value, if it is text."""
    return value if isinstance(value, str) else ""
