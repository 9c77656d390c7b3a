"""The choices a scheduler made, as text that survives Python versions and small edits.

A schedule is a sequence of segments. ``Segment("A", Mark("UPDATE accounts SET …", 2))`` lets task A
run until it is about to do its second operation with that label; ``Segment("B", None)`` lets B run
to its end, or until it waits for somebody.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """The ``occurrence``-th (1-based) operation of a task that carries ``label``."""

    label: str
    occurrence: int = 1


@dataclass(frozen=True, slots=True)
class Segment:
    """Let ``task`` run until it stands before ``until``; ``None`` is to its end."""

    task: str
    until: Mark | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """Segments in order. Tasks that still run after the last one are finished in name order."""

    segments: tuple[Segment, ...]

    @classmethod
    def serial(cls, *tasks: str) -> Schedule:
        return cls(tuple(Segment(task) for task in tasks))

    def __str__(self) -> str:
        return " ".join(
            f"{s.task}|{s.until.label}#{s.until.occurrence}" if s.until else f"{s.task}*"
            for s in self.segments
        )
