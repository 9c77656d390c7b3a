"""Bytes as choices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Tape:
    """What a harness reads its choices from. At its end everything is 0 and empty."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def over(self) -> bool:
        return self._at >= len(self._data)

    def number(self, below: int) -> int:
        """A number from one byte."""
        taken = self.take(1)
        return taken[0] % below if taken else 0

    def one_of(self, things: Sequence[T]) -> T:
        return things[self.number(len(things))]

    def take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        self._at += count
        return taken

    def text(self, most: int = 40) -> str:
        """A text of any characters, half of a pair among them."""
        return self.take(self.number(most)).decode("utf-8", "surrogateescape")

    def rest(self) -> bytes:
        return self.take(len(self._data))
