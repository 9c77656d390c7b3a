"""What an endpoint was seen to look for in its request."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """The endpoint looked for ``name`` in ``place``: json, form, file, query or header."""

    place: str
    name: str
