"""What mends a finding: lines of source that come in the place of others."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.model.rule import FixSafety


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """``text`` comes in the place of the lines from ``start`` to before ``end``, from 0.

    Where both are equal it is put in before that line.
    """

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """The edits of one file."""

    path: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Fix:
    """A whole rewrite: what it does, what it changes besides the race, what is left to do by hand.

    Applying all ``changes`` to the files as they were read removes the finding.
    """

    name: str
    description: str
    safety: FixSafety
    changes: tuple[Change, ...]
    hint: str = ""
