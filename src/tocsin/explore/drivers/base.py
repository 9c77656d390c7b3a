"""What execution asks of a driver."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from tocsin.explore.run import Run
from tocsin.model.http import Request, Response

Deliver = Callable[[str, Response], None]


class StartUpFailed(Exception):
    """The app said no at start-up, or raised."""


class Driver(Protocol):
    """Runs requests of one app. Every method is called from the thread that explores."""

    def open(self) -> None:
        """Start the app up (ASGI lifespan). Raises `StartUpFailed`."""
        ...

    def invoke(self, function: Callable[[], Any]) -> Any:
        """Call a function of the user's where the app runs; await what it returns if need be."""
        ...

    def start(self, run: Run, requests: Mapping[str, Request], deliver: Deliver) -> None:
        """Begin all requests, each stopped at its first point; answers go to ``deliver``."""
        ...

    def unstick(self, run: Run) -> bool:
        """All tasks wait: let time pass for those that wait for it. Whether any did."""
        ...

    def close(self) -> None:
        """Shut the app down."""
        ...
