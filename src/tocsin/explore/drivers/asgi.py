"""One request as an ASGI call: a scope in, messages out, no socket (ASGI 3.0, HTTP spec 2.3)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any
from urllib.parse import unquote, urlencode

from tocsin.model.http import Request, Response

Message = MutableMapping[str, Any]
ASGIApp = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]

_PATIENCE = 5.0
"""Seconds that an app has for its shut-down."""


def scope_of(request: Request, state: dict[str, Any]) -> Message:
    """The ASGI scope of a request; ``state`` is what the lifespan left."""
    headers = [(name.lower().encode(), value.encode()) for name, value in request.headers]
    if request.body:
        headers.append((b"content-length", str(len(request.body)).encode()))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": unquote(request.path),
        "raw_path": request.path.encode(),
        "query_string": urlencode(request.query).encode(),
        "root_path": "",
        "headers": [(b"host", b"testserver"), *headers],
        "client": ("127.0.0.1", 50000),
        "server": ("testserver", 80),
        "state": dict(state),
    }


async def exchange(
    app: ASGIApp, request: Request, state: dict[str, Any], responded: Callable[[], None]
) -> Response:
    """Answer one request. ``responded`` is called when the last byte of the answer was sent."""
    status, body = 500, bytearray()
    headers: list[tuple[str, str]] = []
    complete = asyncio.Event()
    asked = False

    async def receive() -> Message:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": request.body, "more_body": False}
        await complete.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            headers.extend(
                (k.decode("latin-1"), v.decode("latin-1")) for k, v in message.get("headers", ())
            )
        elif message["type"] == "http.response.body":
            body.extend(message.get("body", b""))
            if not message.get("more_body", False) and not complete.is_set():
                complete.set()
                responded()

    error = None
    try:
        await app(scope_of(request, state), receive, send)
    except (Exception, SystemExit) as raised:  # noqa: BLE001 - what escapes is the answer
        status, error = 500, f"{type(raised).__name__}: {raised}"
    if not complete.is_set():
        responded()
    return Response(status, tuple(headers), bytes(body), error)


class Lifespan:
    """The app's start-up and shut-down (ASGI lifespan 2.0). ``state`` is what start-up left."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._events: asyncio.Queue[Message] = asyncio.Queue()
        self._answers: asyncio.Queue[str | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self.state: dict[str, Any] = {}

    async def start(self) -> str | None:
        """Start the app up; the reason if it says that it failed."""
        self._task = asyncio.ensure_future(self._serve())
        await self._events.put({"type": "lifespan.startup"})
        return await self._answers.get()

    async def stop(self) -> None:
        """Shut the app down, if it was started."""
        if self._task is not None and not self._task.done():
            await self._events.put({"type": "lifespan.shutdown"})
            with suppress(TimeoutError):
                await asyncio.wait_for(self._answers.get(), _PATIENCE)
            await asyncio.wait({self._task}, timeout=_PATIENCE)

    async def _serve(self) -> None:
        async def send(message: Message) -> None:
            failed = message["type"].endswith(".failed")
            lines = message.get("message", "").strip().splitlines()
            # Starlette sends a whole traceback; its last line is what happened.
            await self._answers.put((lines or ["it failed"])[-1] if failed else None)

        asked = False

        async def receive() -> Message:
            nonlocal asked
            asked = True
            return await self._events.get()

        scope: Message = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self.state,
        }
        try:
            await self._app(scope, receive, send)
        except (Exception, SystemExit) as raised:  # noqa: BLE001 - an app may raise anything
            # One that does not even ask has no lifespan: the protocol says to go on without.
            await self._answers.put(f"{type(raised).__name__}: {raised}" if asked else None)
        await self._answers.put(None)
