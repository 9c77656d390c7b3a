"""An ASGI application as a server whose clock jumps: volleys meet exactly as planned."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from tocsin.probe.message import Answer, Observation, Origin, Protocol, Result, Shot, Volley

TRAVEL = 0.001
"""Seconds from the sender to the application, and back."""


class _Jumping(selectors.DefaultSelector):
    """Nothing is waited for: time goes on to what is due next."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "everybody waits for somebody else"
            self.now += timeout
        return ready


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.clock = _Jumping()
        super().__init__(self.clock)

    def time(self) -> float:
        return self.clock.now


@dataclass
class Virtual:
    """A `Sender`. Requests take `TRAVEL` to arrive, answers as long; all else the app decides."""

    app: Any
    loop: _Loop = field(default_factory=_Loop)
    shots: list[Shot] = field(default_factory=list)

    def send(self, origin: Origin, shot: Shot, protocol: Protocol = Protocol.HTTP1) -> Result:
        return self.loop.run_until_complete(self._shot(origin, shot, 0.0))

    def deliver(self, volley: Volley, pause: float = 0.0) -> Observation:
        return self.loop.run_until_complete(self._volley(volley))

    def skip(self, seconds: float) -> None:
        """So much time goes by without a request."""
        self.loop.clock.now += seconds

    async def _volley(self, volley: Volley) -> Observation:
        released = self.loop.time()
        offsets = volley.offsets or (0.0,) * len(volley.shots)
        results = await asyncio.gather(
            *(
                self._shot(volley.origin, shot, offset)
                for shot, offset in zip(volley.shots, offsets, strict=True)
            )
        )
        return Observation(volley, tuple(results), volley.way, released)

    async def _shot(self, origin: Origin, shot: Shot, offset: float) -> Answer:
        await passing(offset)
        self.shots.append(shot)
        sent = self.loop.time()
        await passing(TRAVEL)
        said: dict[str, Any] = {"body": b""}

        async def receive() -> Mapping[str, object]:
            return {"type": "http.request", "body": shot.body, "more_body": False}

        async def send(message: Mapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                said.update(message)
            else:
                said["body"] += message.get("body", b"")

        await self.app(_scope(origin, shot), receive, send)
        await passing(TRAVEL)
        headers = tuple((n.decode().lower(), v.decode("latin-1")) for n, v in said["headers"])
        now = self.loop.time()
        return Answer(said["status"], headers, said["body"], sent, now, now)


async def passing(seconds: float) -> None:
    """So much time of the server's clock goes by."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, _Loop)
    passed = loop.create_future()
    loop.call_later(seconds, passed.set_result, None)
    await passed


@contextmanager
def virtual(app: Any) -> Iterator[Virtual]:
    """The server of this application."""
    server = Virtual(app)
    try:
        yield server
    finally:
        server.loop.run_until_complete(server.loop.shutdown_default_executor())
        server.loop.close()


def _scope(origin: Origin, shot: Shot) -> dict[str, object]:
    path, _, query = shot.target.partition("?")
    headers = [(n.lower().encode(), v.encode("latin-1")) for n, v in shot.headers]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": shot.method,
        "scheme": origin.scheme,
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", origin.authority.encode()), *headers],
        "client": ("127.0.0.1", 1),
        "server": (origin.host, origin.port),
        "state": {},
    }
