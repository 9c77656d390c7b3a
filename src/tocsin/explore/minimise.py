"""Makes a schedule smaller as long as it still shows what it showed."""

from __future__ import annotations

from collections.abc import Callable

from tocsin.model.schedule import Schedule, Segment


def minimise(schedule: Schedule, shows: Callable[[Schedule], bool]) -> Schedule:
    """Leave out segments, and join those that then stand side by side, to a fixed point.

    ``shows`` runs a schedule and says whether it still shows the anomaly; it is asked at most once
    for each candidate.
    """
    asked: set[Schedule] = {schedule}
    smaller = True
    while smaller:
        smaller = False
        for candidate in _candidates(schedule):
            if candidate in asked:
                continue
            asked.add(candidate)
            if shows(candidate):
                schedule, smaller = candidate, True
                break
    return schedule


def _candidates(schedule: Schedule) -> list[Schedule]:
    """Every schedule with one segment less, those without a tail first."""
    segments = schedule.segments
    return [
        Schedule(_joined(segments[:index] + segments[index + 1 :]))
        for index in reversed(range(len(segments)))
        if len(segments) > 1
    ]


def _joined(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    joined: list[Segment] = []
    for segment in segments:
        if joined and joined[-1].task == segment.task:
            joined.pop()
        joined.append(segment)
    return tuple(joined)
