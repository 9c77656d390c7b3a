"""How far a run is, on stderr."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tocsin.model.event import Event, FindingRaised, Planned, UnitFinished

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID


class Progress:
    """Counts what the events say and shows it, where there is somebody to look."""

    def __init__(
        self,
        bar: Bar | None,
        time_limit: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bar = bar
        self._task: TaskID | None = None
        self._limit = time_limit
        self._clock = clock
        self._began = clock()
        self.units = 0
        self.done = 0
        self.schedules = 0
        self.findings = 0

    @classmethod
    @contextmanager
    def on_stderr(cls, time_limit: float | None, *, shown: bool) -> Iterator[Progress]:
        """A progress bar while the block runs; nothing is left of it afterwards."""
        if not shown:
            yield cls(None)
            return
        with _bar() as bar:
            yield cls(bar, time_limit)

    def add(self, event: Event) -> None:
        """Take one event in."""
        match event:
            case Planned(units):
                self.units = units
            case UnitFinished(pair):
                self.done += 1
                self.schedules += pair.schedules
            case FindingRaised(_, replaces):
                self.findings += not replaces
            case _:
                return
        self._show()

    @property
    def words(self) -> str:
        """``pairs · 212 schedules/s · 3 findings · 0:12 left``."""
        elapsed = max(self._clock() - self._began, 1e-6)
        parts = ["pairs", f"{self.schedules / elapsed:,.0f} schedules/s"]
        parts.append(f"{self.findings} finding{'' if self.findings == 1 else 's'}")
        left = self._left(elapsed)
        if left is not None:
            parts.append(f"{int(left) // 60}:{int(left) % 60:02} left")
        return " · ".join(parts)

    def _left(self, elapsed: float) -> float | None:
        """By the pace so far, but never past the time limit."""
        guesses = []
        if self.done and self.units:
            guesses.append(elapsed / self.done * max(self.units - self.done, 0))
        if self._limit is not None:
            guesses.append(max(self._limit - elapsed, 0))
        return min(guesses, default=None)

    def _show(self) -> None:
        if self._bar is None:
            return
        if self._task is None:
            self._task = self._bar.add_task("explore", total=None, words="")
        total = max(self.units, self.done)
        self._bar.update(self._task, completed=self.done, total=total, words=self.words)


def _bar() -> Bar:
    # rich takes its time: runs that show nothing do without.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    return Progress(
        TextColumn("exploring"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[words]}"),
        console=Console(stderr=True, highlight=False),
        transient=True,
    )
