"""What running a witness again came to."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.model.finding import Outcome


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """How often the race came back.

    ``identical`` says that every time gave the same responses and the same final state, equal to
    those the witness recorded. ``reason`` tells why a replay could not be run to its end, or what
    was different: empty when the witness reproduced each time. ``held`` says in how many schedules
    a race that is gone was looked for.
    """

    path: str
    title: str
    endpoint: str
    times: int
    reproduced: int
    identical: bool = True
    seconds: float = 0.0
    reason: str = ""
    held: str = ""
    observed: Outcome | None = None

    @property
    def holds(self) -> bool:
        """Whether the race is gone: no replay gave an outcome that no serial order explains."""
        return self.reproduced == 0 and not self.reason

    def __str__(self) -> str:
        verdict = f"reproduced {self.reproduced}/{self.times} times"
        more = self.reason or self.held
        return f"{self.title}: {verdict}{f' ({more})' if more else ''}"
