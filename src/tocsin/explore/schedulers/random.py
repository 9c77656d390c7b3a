"""Random schedules from a seed: for scenarios too big for the other searches."""

from __future__ import annotations

from random import Random

from tocsin.explore.trace import Point, Trace


class RandomWalk:
    """``runs`` schedules in which every decision is drawn evenly; the same for the same seed."""

    def __init__(self, runs: int, seed: int = 0) -> None:
        self._runs, self._left = runs, runs
        self._random = Random(seed)

    def next(self) -> RandomWalk | None:
        if self._left == 0:
            return None
        self._left -= 1
        return self

    def choose(self, ready: dict[str, Point], last: str | None) -> str:
        return self._random.choice(sorted(ready))

    def learn(self, trace: Trace) -> None:
        """Nothing to learn."""

    def bound(self) -> str:
        return f"{self._runs} random schedules"
