"""What an attack is: requests to send together, from a state that is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tocsin.model.http import Request
from tocsin.probe.discover import Working


@dataclass(frozen=True, slots=True)
class Attack:
    """The requests of one volley, and the reads that show what it changed."""

    check: str
    requests: tuple[Request, ...]
    readers: tuple[Request, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """How much to try: ``copies`` of one request in a volley."""

    copies: int = 2


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of attack. ``plan`` chooses the requests out of those that work."""

    name: str
    plan: Callable[[Sequence[Working], Wish], list[Attack]]
