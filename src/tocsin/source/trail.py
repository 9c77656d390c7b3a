"""What was looked at of the source, to know later whether an answer still holds.

Whoever works something out notes on the way what is looked at: a file, a function, a question to
an index of the whole project. What is worked out once and told often is kept with its notes, which
then count for everybody who is told. Notes are the bits of a number: joining them costs next to
nothing, and this happens a million times.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

Word = str | int
Look = tuple[Word, ...]
"""What is looked at: its kind, then which one."""

FILE = "file"
FUNCTION = "function"

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
Noted = tuple[T, int]
"""A result, with what was looked at for it."""


@dataclass(slots=True, eq=False)
class Trail:
    """The notes of whoever is at work. ``looks`` are all that were ever made, by their bit."""

    looks: list[Look] = field(default_factory=list)
    noted: int = 0
    _bits: dict[Look, int] = field(default_factory=dict)
    _same: dict[int, int] = field(default_factory=dict)
    _answers: dict[str, Callable[..., object]] = field(default_factory=dict)

    def look(self, *look: Word) -> None:
        """Note what is looked at."""
        bit = self._bits.get(look)
        if bit is None:
            bit = self._bits[look] = 1 << len(self.looks)
            self.looks.append(look)
        self.noted |= bit

    def tell(self, kind: str, answer: Callable[..., object]) -> None:
        """Say how looks of a kind are answered: equal answers for what did not change."""
        self._answers[kind] = answer

    def answer(self, look: Look) -> object:
        """What such a look would see now."""
        kind, *what = look
        answer = self._answers.get(str(kind))
        return answer(*what) if answer is not None else None

    def begin(self) -> int:
        """Work on something of its own begins. Gives what `end` has to be given."""
        outer, self.noted = self.noted, 0
        return outer

    def end(self, outer: int) -> int:
        """It is done: what was looked at for it. That counts for what is around it, too."""
        own = self._same.setdefault(self.noted, self.noted)
        self.noted = outer | own
        return own

    def once(self, known: dict[K, Noted[T]], key: K, work: Callable[[], T]) -> T:
        """What ``work`` gives, worked out when it is first asked for."""
        found = known.get(key)
        if found is not None:
            self.noted |= found[1]
            return found[0]
        outer = self.begin()
        try:
            result = work()
        finally:
            own = self.end(outer)
        known[key] = result, own
        return result


def numbers(notes: int) -> Iterator[int]:
    """The places of the bits of a number, from the last."""
    while notes:
        last = notes & -notes
        yield last.bit_length() - 1
        notes ^= last
