"""What a black-box engine shows: requests released at once, and what no serial order gives."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VolleyEvidence:
    """How often rounds showed it, how they were delivered, and what was compared.

    ``low`` and ``high`` bound the share of rounds that show it, at 95 % confidence. ``overlapped``
    counts rounds in which all requests were under way at one moment; ``spread`` is the median time
    between the first and the last release, in seconds. ``serial`` says what the same requests do
    one after the other, ``observed`` what a round did. ``curl`` holds no credentials.
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
