"""The server's state, made anew between rounds where somebody can: the contract."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class World(Protocol):
    """What stands behind the server. ``restores`` tells whether it can be made as it was."""

    @property
    def restores(self) -> bool: ...

    def restore(self) -> None:
        """The same state as before every other round. Raises a `TocsinError` if that fails."""


class AsItIs:
    """A server whose state nobody can restore: every request leaves its traces."""

    restores = False

    def restore(self) -> None:
        """Nothing can be done."""


@dataclass(slots=True)
class Untouched:
    """A world that is left alone where nothing was sent since it was restored last.

    ``sent`` counts requests, reads too: some change what they read.
    """

    world: World
    sent: Callable[[], int]
    _at: int = -1

    @property
    def restores(self) -> bool:
        return self.world.restores

    def restore(self) -> None:
        """As the world does, if it is needed."""
        now = self.sent()
        if now != self._at:
            self.world.restore()
            self._at = now
