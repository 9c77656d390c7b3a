"""What a static engine shows: a check, a use, and where another request may run in between."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tocsin.model.location import Location


class CrossingKind(StrEnum):
    """Why another request may run at this point."""

    AWAIT = "await"
    STATEMENT = "statement"
    COMMIT = "commit"
    FILE = "file"
    CALL = "call"
    REQUEST = "request"


@dataclass(frozen=True, slots=True)
class Crossing:
    """A scheduling point inside a window. ``text`` says it to a reader, without a full stop."""

    at: Location
    kind: CrossingKind
    text: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Site:
    """Another way through a window's code: one more use of its check, or check of its use."""

    endpoint: str
    check: Location
    use: Location


@dataclass(frozen=True, slots=True)
class Window:
    """A check, the use that trusts it, and the crossings in between, in the order of the code.

    ``item`` names what both touch (a table, a path, a variable), ``more`` the other sites with the
    same cause. ``pairs`` are the endpoints that would have to be asked together to show the race;
    it is empty where no pair of requests shows it.
    """

    check: Location
    use: Location
    crossings: tuple[Crossing, ...] = ()
    item: str = ""
    more: tuple[Site, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
