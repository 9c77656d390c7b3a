"""One request after the other: the baselines."""

from __future__ import annotations

from tocsin.explore.schedulers.replay import Follow
from tocsin.explore.trace import Trace
from tocsin.model.schedule import Schedule


class Serial:
    """Runs the given orders, each once."""

    def __init__(self, *orders: tuple[str, ...]) -> None:
        self._orders = list(orders)

    def next(self) -> Follow | None:
        return Follow(Schedule.serial(*self._orders.pop(0))) if self._orders else None

    def learn(self, trace: Trace) -> None:
        """Nothing to learn."""

    def bound(self) -> str:
        return "serial orders"
