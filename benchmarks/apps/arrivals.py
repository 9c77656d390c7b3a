"""Servers' side of the probe benchmark: when requests arrived, and how often a window was overrun.

``app`` is an ASGI application, ``wsgi`` the same for threads.
"""

from __future__ import annotations

import asyncio
import json
import time

ARRIVED = []
USED = []
LINGER = 0.02
"""Whoever is asked for arrivals only answers this much later: no answer delays an arrival."""


def arrive():
    ARRIVED.append(time.perf_counter())


def report():
    """What has been since the last report."""
    said = {"arrived": ARRIVED[:], "used": len(USED)}
    ARRIVED.clear()
    USED.clear()
    return said


def window(query):
    return float(query.partition("w=")[2] or 0)


async def app(scope, receive, send):
    if scope["type"] != "http":
        await lifespan(receive, send)
        return
    if scope["method"] != "GET":
        while (await receive()).get("more_body"):
            pass
    status, said = 200, {}
    if scope["path"] == "/report":
        said = report()
    else:
        arrive()
        if scope["path"] == "/arrive":
            await asyncio.sleep(LINGER)
        elif USED:
            status = 409
        else:
            # Timers of event loops know milliseconds only; every turn lets others run.
            until = time.perf_counter() + window(scope["query_string"].decode())
            while time.perf_counter() < until:  # noqa: ASYNC110
                await asyncio.sleep(0)
            USED.append(1)
    body = json.dumps(said).encode()
    length = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": length})
    await send({"type": "http.response.body", "body": body})


async def lifespan(receive, send):
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def wsgi(environ, start_response):
    environ["wsgi.input"].read()
    status, said = "200 OK", {}
    if environ["PATH_INFO"] == "/report":
        said = report()
    else:
        arrive()
        if environ["PATH_INFO"] == "/arrive":
            time.sleep(LINGER)
        elif USED:
            status = "409 Conflict"
        else:
            time.sleep(window(environ["QUERY_STRING"]))
            USED.append(1)
    body = json.dumps(said).encode()
    start_response(status, [("Content-Length", str(len(body)))])
    return [body]
