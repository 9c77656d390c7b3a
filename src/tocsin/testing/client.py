"""One request into an app and its answer out, without a socket and without control."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode

from tocsin.frameworks.base import Interface
from tocsin.model.http import Request, Response

HOST = "testserver"


@contextmanager
def client(application: Any, interface: Interface) -> Iterator[Callable[[Request], Response]]:
    """Yield a function that sends one request; for ASGI all of them run in one event loop."""
    if interface == "wsgi":
        yield lambda request: _through_wsgi(application, request)
        return
    with asyncio.Runner() as runner:
        yield lambda request: runner.run(_through_asgi(application, request))


async def _through_asgi(application: Any, request: Request) -> Response:
    headers = [("host", HOST), ("content-length", str(len(request.body))), *request.headers]
    scope: MutableMapping[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": unquote_to_bytes(request.path).decode("utf-8", "replace"),
        "raw_path": request.path.encode("ascii"),
        "query_string": urlencode(request.query).encode("ascii"),
        "root_path": "",
        "headers": [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
        ],
        "server": (HOST, 80),
        "client": ("127.0.0.1", 50000),
    }
    sent: list[dict[str, Any]] = []
    incoming = iter([{"type": "http.request", "body": request.body, "more_body": False}])

    async def receive() -> dict[str, Any]:
        for message in incoming:
            return message
        await asyncio.Event().wait()  # the client stays; whoever listens for it is cancelled
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    try:
        await application(scope, receive, send)
    except Exception as error:  # noqa: BLE001 - the app's own; it is the answer
        return Response(500, error=f"{type(error).__name__}: {error}")
    start = next(message for message in sent if message["type"] == "http.response.start")
    body = b"".join(message.get("body", b"") for message in sent)
    pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
    return Response(start["status"], tuple(pairs), body)


def _through_wsgi(application: Any, request: Request) -> Response:
    path = unquote_to_bytes(request.path).decode("latin-1")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": urlencode(request.query),
        "SERVER_NAME": HOST,
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": HOST,
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers:
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], *_: Any
    ) -> Callable[[bytes], None]:
        started.append((status, headers))
        return lambda _: None

    try:
        chunks = application(environ, start_response)
        body = b"".join(chunks)
        getattr(chunks, "close", lambda: None)()
    except Exception as error:  # noqa: BLE001 - the app's own; it is the answer
        return Response(500, error=f"{type(error).__name__}: {error}")
    status, headers = started[-1]
    return Response(int(status.split(" ", 1)[0]), tuple(headers), body)
