"""Limits whose tallies are kept in this process, for all of its threads and event loops."""

from __future__ import annotations

import threading
import time

from tocsin.guard.limits import Clock, Draw, Limit, Tally, digest, drawing

_SWEEP = 1_000


class Tallies:
    """What is used, by key. Make one for the process.

    What has ended is swept out when the number of keys has doubled, so that keys which a client
    chooses do not pile up. Nothing here waits, so the lock is held for a moment only.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, Tally] = {}
        self._sweep_at = _SWEEP

    def __len__(self) -> int:
        return len(self._kept)

    def take(self, key: str, draw: Draw) -> tuple[Tally, bool]:
        """The tally of the key, and whether ``draw`` was taken from it."""
        with self._lock:
            before = self._kept.get(key, Tally())
            after = draw.after(before)
            if after is None:
                return before, False
            self._kept[key] = after
            if len(self._kept) > self._sweep_at:
                self._sweep(draw.now)
            return after, True

    def give_back(self, key: str, draw: Draw) -> None:
        with self._lock:
            if key in self._kept:
                self._kept[key] = draw.back(self._kept[key])

    def forget(self, key: str) -> None:
        with self._lock:
            self._kept.pop(key, None)

    def _sweep(self, now: int) -> None:
        self._kept = {key: tally for key, tally in self._kept.items() if tally.ends > now}
        self._sweep_at = max(_SWEEP, 2 * len(self._kept))


def consume(
    tallies: Tallies, limit: Limit, key: str | int, n: int = 1, *, clock: Clock = time.time
) -> int:
    """Take ``n`` of what the key may use, and answer how much is left.

    Raises ``TooMany`` with ``Retry-After``, ``Conflict`` where a stock is used up or never has
    that much, ``Unprocessable`` for an amount below 1. Nothing is taken then.
    """
    draw = drawing(limit, n, clock)
    tally, taken = tallies.take(digest(limit, key), draw)
    if not taken:
        raise limit.refusal(draw, tally)
    return limit.left(tally, draw.now)


def refund(
    tallies: Tallies, limit: Limit, key: str | int, n: int = 1, *, clock: Clock = time.time
) -> None:
    """Give back ``n`` that were taken; what has ended by itself stays ended."""
    tallies.give_back(digest(limit, key), drawing(limit, n, clock))


def reset(tallies: Tallies, limit: Limit, key: str | int) -> None:
    """Forget what the key has used: a login has succeeded."""
    tallies.forget(digest(limit, key))
