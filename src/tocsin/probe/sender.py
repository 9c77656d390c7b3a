"""What delivers requests: connections are its own business."""

from __future__ import annotations

from typing import Protocol as Interface

from tocsin.probe.message import Observation, Origin, Protocol, Result, Shot, Volley


class Sender(Interface):
    """Sends one request, or many at once, and waits for every answer. Raises nothing."""

    def send(self, origin: Origin, shot: Shot, protocol: Protocol = Protocol.HTTP1) -> Result:
        """One request, sent whole."""
        ...

    def deliver(self, volley: Volley, pause: float = 0.0) -> Observation:
        """The shots as the volley says, held back for ``pause`` seconds at least."""
        ...
