"""The server's state, made anew between rounds where somebody can: the contract."""

from __future__ import annotations

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
