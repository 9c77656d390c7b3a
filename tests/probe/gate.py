"""Windows of a real server, held open until the requests of a volley have met."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from tocsin.probe.delivery import Delivery
from tocsin.probe.message import Observation, Origin, Protocol, Result, Shot, Volley
from tocsin.probe.sender import Sender

Waiting = tuple[int, asyncio.Future[None]]


@dataclass
class Gate:
    """Shut while a volley is under way; opens when each request stands before it or is over.

    Those before it are let go by rank, the lowest first. Everything but `expect` happens in the
    server's loop.
    """

    expected: int = 0
    volley: int = 0
    over: int = 0
    waiting: list[Waiting] = field(default_factory=list)

    def expect(self, requests: int) -> None:
        """Called before a volley, and with 0 after it, when nothing of it is under way."""
        self.volley += 1
        self.over = 0
        self.expected = requests if requests > 1 else 0

    async def window(self, rank: int = 0) -> None:
        """Stand between a check and its use."""
        if not self.expected:
            return
        loop = asyncio.get_running_loop()
        released = loop.create_future()
        self.waiting.append((rank, released))
        # Not at once: whoever comes last must wait like the others to be let go by rank.
        loop.call_soon(self._settle)
        await released

    def done(self, volley: int) -> None:
        """A request that arrived during this volley is over."""
        if volley == self.volley:
            self.over += 1
            self._settle()

    def _settle(self) -> None:
        if self.expected and len(self.waiting) + self.over >= self.expected:
            self.expected = 0
            for _, released in sorted(self.waiting, key=lambda one: one[0]):
                released.set_result(None)
            self.waiting.clear()


class Counting:
    """Middleware that tells the gate which requests are over."""

    def __init__(self, app: Any, gate: Gate) -> None:
        self.app, self.gate = app, gate

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        volley = self.gate.volley
        try:
            await self.app(scope, receive, send)
        finally:
            self.gate.done(volley)


@dataclass
class Gated:
    """A `Sender` that tells the gate of its volleys."""

    sender: Sender
    gate: Gate

    def send(self, origin: Origin, shot: Shot, protocol: Protocol = Protocol.HTTP1) -> Result:
        return self.sender.send(origin, shot, protocol)

    def deliver(self, volley: Volley, pause: float = 0.0) -> Observation:
        self.gate.expect(len(volley.shots))
        try:
            return self.sender.deliver(volley, pause)
        finally:
            self.gate.expect(0)


@contextmanager
def gated(gate: Gate) -> Iterator[None]:
    """Every delivery tells this gate of its volleys, whoever makes it."""
    deliver = Delivery.deliver

    def telling(delivery: Delivery, volley: Volley, pause: float = 0.0) -> Observation:
        gate.expect(len(volley.shots))
        try:
            return deliver(delivery, volley, pause)
        finally:
            gate.expect(0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Delivery, "deliver", telling)
        yield
