"""Replacing parts of a text so that all that stands below keeps its line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace what lies between two places (line from 1, column from 0) of the text."""

    start: Place
    end: Place
    text: str


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made; where one has fewer lines than before, they are continued."""
    lines = text.split("\n")  # splitlines() has more ideas of a line than Python has
    for edit in sorted(edits, key=lambda each: each.start, reverse=True):
        _apply(lines, edit)
    return "\n".join(lines)


def _apply(lines: list[str], edit: Edit) -> None:
    (first, begin), (last, end) = edit.start, edit.end
    head, tail = lines[first - 1][:begin], lines[last - 1][end:]
    breaks = "\\\n" * (last - first - edit.text.count("\n"))
    lines[first - 1 : last] = (head + edit.text + breaks + tail).split("\n")
