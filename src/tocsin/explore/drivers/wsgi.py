"""One request as a WSGI call (PEP 3333), no socket."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode

from tocsin.model.http import Request, Response

WSGIApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def environ_of(request: Request) -> dict[str, Any]:
    """The WSGI environment of a request."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
        "QUERY_STRING": urlencode(request.query),
        "CONTENT_LENGTH": str(len(request.body)),
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "testserver",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in request.headers:
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environ


def exchange(app: WSGIApp, request: Request, responded: Callable[[], None]) -> Response:
    """Answer one request. ``responded`` is called when the answer was read to its end."""
    status = 500
    headers: list[tuple[str, str]] = []

    def start_response(
        line: str, fields: list[tuple[str, str]], _exc_info: object = None
    ) -> Callable[[bytes], None]:
        nonlocal status
        status = int(line.split(maxsplit=1)[0])
        headers[:] = fields
        return body.extend

    body = bytearray()
    try:
        chunks = app(environ_of(request), start_response)
        try:
            for chunk in chunks:
                body.extend(chunk)
            responded()
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
    except (Exception, SystemExit) as raised:  # noqa: BLE001 - what escapes is the answer
        return Response(500, (), bytes(body), f"{type(raised).__name__}: {raised}")
    return Response(status, tuple(headers), bytes(body))
