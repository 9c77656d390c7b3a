"""What a search is: it names the next schedule to run, and learns from what came of it."""

from __future__ import annotations

from typing import Protocol

from tocsin.explore.scheduler import Strategy
from tocsin.explore.trace import Trace


class Search(Protocol):
    """Three methods; a search is used for one scenario and then thrown away."""

    def next(self) -> Strategy | None:
        """The choices of the next run, or ``None`` when the bound is exhausted."""
        ...

    def learn(self, trace: Trace) -> None:
        """What the run that was asked for did."""
        ...

    def bound(self) -> str:
        """The bound in words: ``every schedule with at most 2 preemptions``."""
        ...
