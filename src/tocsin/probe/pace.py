"""How fast requests may go, and how many in all: a small state machine that is told the time."""

from __future__ import annotations

import email.utils
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tocsin.errors import TocsinError

LONGEST = 30.0
"""Seconds: a server that asks for more is believed, but not waited for."""


class Exhausted(TocsinError):
    """No more requests may be sent: what was learnt until then is kept."""


@dataclass(slots=True)
class Pace:
    """``rate`` requests in a second (``None``: as fast as they go), ``most`` in all.

    Requests that belong together, the shots of a volley, are let go together; the time that they
    would have taken is waited for afterwards.
    """

    rate: float | None = None
    most: int | None = None
    sent: int = 0
    _free: float = field(default=0.0)

    def take(self, count: int, now: float) -> float:
        """The seconds to wait before ``count`` requests. Raises `Exhausted` past the cap."""
        if self.most is not None and self.sent + count > self.most:
            raise Exhausted(f"the cap of {self.most} requests was reached")
        self.sent += count
        begin = max(now, self._free)
        self._free = begin + (count / self.rate if self.rate else 0.0)
        return begin - now

    def told(self, status: int, retry_after: str | None, now: float, today: datetime) -> None:
        """An answer came: 429 and 503 with ``Retry-After`` make everybody wait.

        Raises `Exhausted` where the server asks for longer than anybody would wait.
        """
        if status not in {429, 503} or retry_after is None:
            return
        seconds = seconds_of(retry_after, today)
        if seconds > LONGEST:
            raise Exhausted(f"the server asks to be left alone for {seconds:.0f} s")
        self._free = max(self._free, now + seconds)


def seconds_of(retry_after: str, today: datetime) -> float:
    """RFC 9110 section 10.2.3: seconds, or a date. What is neither says nothing."""
    text = retry_after.strip()
    if text.isascii() and text.isdecimal():
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - today).total_seconds())
