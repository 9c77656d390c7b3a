"""What a black-box engine shows: requests released at once, and what no serial order gives."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flight:
    """When one request was sent and answered, in seconds after the first release.

    ``request`` is its method, path and identity. Without an answer ``status`` is 0.
    """

    request: str
    sent: float
    done: float
    status: int


@dataclass(frozen=True, slots=True)
class Attacked:
    """How an attack was carried out: of ``rounds`` so many showed something.

    ``way`` is how the first was delivered, ``spread`` the median time between the first and the
    last release, in seconds.
    """

    check: str
    shown: int
    rounds: int
    way: str
    spread: float


@dataclass(frozen=True, slots=True)
class VolleyEvidence:
    """How often rounds showed it, how they were delivered, and what was compared.

    ``low`` and ``high`` bound the share of rounds that show it, at 95 % confidence. ``overlapped``
    counts rounds in which all requests were under way at one moment; ``spread`` is the median time
    between the first and the last release, in seconds. ``serial`` says what the same requests do
    one after the other, ``observed`` what a round did. ``curl`` holds no credentials. ``flights``
    are the requests of that round.
    """

    shown: int
    rounds: int
    low: float
    high: float
    way: str
    overlapped: int
    spread: float
    serial: str
    observed: str
    curl: tuple[str, ...] = ()
    flights: tuple[Flight, ...] = ()
