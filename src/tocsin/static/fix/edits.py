"""A change as lines that come in the place of others: what composes, and what reports show."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from tocsin.model.fix import Edit


def edits(old: str, new: str) -> tuple[Edit, ...]:
    """What makes the one text of the other, in whole lines."""
    before, after = lines(old), lines(new)
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    one, other = before[head : len(before) - tail], after[head : len(after) - tail]
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    return tuple(
        Edit(head + i1, head + i2, "".join(other[j1:j2]))
        for tag, i1, i2, j1, j2 in matcher.get_opcodes()
        if tag != "equal"
    )


def lines(text: str) -> list[str]:
    """The lines of a text with their ends, as editors count them: a form feed ends none."""
    return [each for each in re.split(r"(?<=\n)", text) if each]


def applied(text: str, changes: Iterable[Edit]) -> str:
    """The text with edits made that do not overlap."""
    found = lines(text)
    for edit in sorted(changes, key=lambda each: each.start, reverse=True):
        found[edit.start : edit.end] = [edit.text]
    return "".join(found)


def overlap(one: Iterable[Edit], others: Iterable[Edit]) -> bool:
    """Whether edits touch the same lines, or insert at the same place."""
    known = tuple(others)
    return any(a.start <= b.end and b.start <= a.end for a in one for b in known)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count
