"""Everybody who can send a volley: tocsin, its peers, and the obvious ways.

A program of its own, as each needs libraries of its own: ``python probe_senders.py NAME URL SHOTS``
reads lines ``METHOD TARGET`` and answers each with a line when its volley is over.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

Volley = Callable[[str, str], None]
BODY = b'{"n": 1}'
HEADERS = {"content-type": "application/json"}
SETTLE = 0.1
"""What the documentation of h2spacex and webracecondition waits before the last frames."""


def content(method: str) -> bytes | None:
    """The body of a request of this method."""
    return BODY if method == "POST" else None


@contextlib.contextmanager
def tocsin(url: str, shots: int) -> Iterator[Volley]:
    """The way is calibrated once for each endpoint, as a scan does."""
    from tocsin.probe import message
    from tocsin.probe.calibrate import calibrate
    from tocsin.probe.delivery import Delivery
    from tocsin.probe.transports.trust import Trust

    parts = urlsplit(url)
    origin = message.Origin(parts.scheme, parts.hostname or "", parts.port or 0)
    ways: dict[tuple[str, str], message.Way] = {}
    with Delivery(trust=Trust(verify=False)) as delivery:

        def volley(method: str, target: str) -> None:
            body = content(method) or b""
            shot = message.Shot(method, target, tuple(HEADERS.items()) if body else (), body)
            key = (method, urlsplit(target).path)
            if key not in ways:
                ways[key] = calibrate(delivery, origin, shot, copies=shots).way
                print(f"  tocsin, {method} {url}: {ways[key]}", file=sys.stderr, flush=True)
            delivery.deliver(message.Volley(origin, (shot,) * shots, ways[key]))

        yield volley


@contextlib.contextmanager
def aiohttp_gather(url: str, shots: int) -> Iterator[Volley]:
    """One warm session, ``asyncio.gather``."""
    import aiohttp

    with asyncio.Runner() as runner:

        async def opened() -> aiohttp.ClientSession:
            return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, ssl=False))

        session = runner.run(opened())

        async def one(method: str, target: str) -> None:
            data = content(method)
            async with session.request(method, url + target, data=data, headers=HEADERS) as answer:
                await answer.read()

        async def all_of_them(method: str, target: str) -> None:
            await asyncio.gather(*(one(method, target) for _ in range(shots)))

        yield lambda method, target: runner.run(all_of_them(method, target))
        runner.run(session.close())


def httpx_like(module: str) -> Callable[[str, int], contextlib.AbstractContextManager[Volley]]:
    """``asyncio.gather`` over HTTP/2, where the server speaks it, on a warm client."""

    @contextlib.contextmanager
    def sender(url: str, shots: int) -> Iterator[Volley]:
        import importlib

        library = importlib.import_module(module)
        with asyncio.Runner() as runner:
            client = library.AsyncClient(http2=True, verify=False, timeout=30)

            async def all_of_them(method: str, target: str) -> None:
                one = {"content": content(method), "headers": HEADERS}
                requests = (client.request(method, url + target, **one) for _ in range(shots))
                await asyncio.gather(*requests)

            yield lambda method, target: runner.run(all_of_them(method, target))
            runner.run(client.aclose())

    return sender


@contextlib.contextmanager
def requests_threads(url: str, shots: int) -> Iterator[Volley]:
    """A thread and a warm session for each shot, and a barrier."""
    import requests
    import urllib3

    urllib3.disable_warnings()
    barrier, work, done = (threading.Barrier(n) for n in (shots, shots + 1, shots + 1))
    wanted, errors = [("", "")], []

    def run() -> None:
        with requests.Session() as session:
            while True:
                work.wait()
                method, target = wanted[0]
                if not method:
                    return
                one = {"data": content(method), "headers": HEADERS, "verify": False, "timeout": 30}
                barrier.wait()
                try:
                    session.request(method, url + target, **one)
                except requests.RequestException as error:
                    errors.append(error)
                done.wait()

    threads = [threading.Thread(target=run) for _ in range(shots)]
    for thread in threads:
        thread.start()

    def volley(method: str, target: str) -> None:
        wanted[0] = (method, target)
        work.wait()
        done.wait()
        if errors:
            raise errors.pop()

    yield volley
    wanted[0] = ("", "")
    work.wait()
    for thread in threads:
        thread.join()


@contextlib.contextmanager
def h2spacex(url: str, shots: int) -> Iterator[Volley]:
    """As its quick start has it: a connection, all but the last frames, a ping, the last frames."""
    from h2spacex import H2OnTlsConnection, h2_frames, logger

    logger.be_silent_key = True
    parts = urlsplit(url)
    head = "".join(f"{name}: {value}\n" for name, value in HEADERS.items())

    def volley(method: str, target: str) -> None:
        connection = H2OnTlsConnection(hostname=parts.hostname, port_number=parts.port)
        connection.setup_connection()
        make = connection.create_single_packet_http2_post_request_frames
        if method == "GET":
            make = connection.create_single_packet_http2_get_request_frames
        body = (content(method) or b"").decode() or None
        ahead, last = b"", b""
        for stream in connection.generate_stream_ids(number_of_streams=shots):
            begin, end = make(
                method=method,
                headers_string=head,
                scheme="https",
                stream_id=stream,
                authority=parts.netloc,
                body=body,
                path=target,
            )
            ahead += bytes(begin)
            last += bytes(end)
        connection.send_bytes(ahead)
        time.sleep(SETTLE)
        connection.send_ping_frame()
        connection.send_bytes(last)
        connection.read_response_from_socket(_timeout=SETTLE)
        connection.close_connection()

    assert h2_frames
    yield volley


@contextlib.contextmanager
def webracecondition(url: str, shots: int) -> Iterator[Volley]:
    """Its last-frame synchronisation."""
    from webracecondition import Engine, Request

    def volley(method: str, target: str) -> None:
        engine = Engine(url)
        for _ in range(shots):
            body = content(method)
            engine.add_request(Request(method, target, headers=dict(HEADERS), raw_body=body))
        engine.last_frame_sync_attack(sleep_time=SETTLE, timeout=5)

    with contextlib.redirect_stdout(io.StringIO()):
        yield volley


@contextlib.contextmanager
def ptmultirequest(url: str, shots: int) -> Iterator[Volley]:
    """Its command."""
    command = shutil.which("ptmultirequest", path=str(Path(sys.executable).parent))
    assert command is not None

    def volley(method: str, target: str) -> None:
        data = ["-d", BODY.decode()] if method == "POST" else []
        words = [command, "-u", url + target, "-c", str(shots), "-j", *data]
        subprocess.run(words, check=False, capture_output=True, timeout=60)

    yield volley


SENDERS: dict[str, Callable[[str, int], contextlib.AbstractContextManager[Volley]]] = {
    "tocsin": tocsin,
    "h2spacex": h2spacex,
    "webracecondition": webracecondition,
    "ptmultirequest": ptmultirequest,
    "aiohttp": aiohttp_gather,
    "httpx": httpx_like("httpx"),
    "httpx2": httpx_like("httpx2"),
    "requests": requests_threads,
}


def main() -> None:
    """Volleys, as long as there are lines."""
    name, url, shots = sys.argv[1:]
    out = sys.stdout
    with SENDERS[name](url, int(shots)) as volley:
        print("ready", file=out, flush=True)
        for line in sys.stdin:
            method, target = line.split()
            try:
                volley(method, target)
            except Exception as error:  # noqa: BLE001  # every library has its own
                print(f"failed: {type(error).__name__}: {error}".replace("\n", " "), file=out)
            else:
                print("done", file=out)
            out.flush()


if __name__ == "__main__":
    main()
