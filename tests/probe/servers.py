"""Servers on 127.0.0.1: real ones, and ones that misbehave as they are told to."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn

from tests.probe.certificates import Certificates
from tests.probe.transports.peers import Http2Peer, Http3Peer
from tocsin.probe.message import Origin

Handler = Callable[[socket.socket], None]


@contextmanager
def scripted(handler: Handler, context: ssl.SSLContext | None = None) -> Iterator[Origin]:
    """A server that does with each connection what ``handler`` does, in a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []
    open_ones: list[socket.socket] = []

    def serve(connection: socket.socket) -> None:
        try:
            if context is not None:
                connection = context.wrap_socket(connection, server_side=True)
            with connection:
                handler(connection)
        except OSError:
            pass  # the client is gone

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            open_ones.append(connection)
            threads.append(threading.Thread(target=serve, args=(connection,)))
            threads[-1].start()

    threads.append(threading.Thread(target=accept))
    threads[0].start()
    try:
        scheme = "https" if context else "http"
        yield Origin(scheme, "127.0.0.1", listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in open_ones:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(10)
            assert not thread.is_alive()


def request(connection: socket.socket) -> bytes:
    """The header section of one request; what follows in the same piece is lost."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            raise ConnectionError("no request")
        data += part
    return data


def speaking_http2(peer: Http2Peer, react: Callable[[Http2Peer], bool]) -> Handler:
    """Carries bytes; ``react`` is called after each piece, and says whether to go on."""

    def handler(connection: socket.socket) -> None:
        while True:
            for data in peer.take():
                connection.sendall(data)
            data = connection.recv(65536)
            if not data:
                return
            peer.receive(data)
            if not react(peer):
                for data in peer.take():
                    connection.sendall(data)
                return

    return handler


@contextmanager
def over_quic(certificates: Certificates, react: Callable[[Http3Peer], None]) -> Iterator[Origin]:
    """An HTTP/3 server; ``react`` is called after each datagram."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    peers: dict[Any, Http3Peer] = {}
    stopping = threading.Event()

    def serve() -> None:
        while True:
            data, address = sock.recvfrom(65536)
            if stopping.is_set():
                return
            peer = peers.setdefault(address, Http3Peer(certificates))
            peer.receive(data)
            react(peer)
            for each in peer.take():
                sock.sendto(each, address)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield Origin("https", "127.0.0.1", sock.getsockname()[1])
    finally:
        stopping.set()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waking:
            waking.sendto(b"", sock.getsockname())
        thread.join(10)
        sock.close()
        assert not thread.is_alive()


class App:
    """An ASGI application that answers how many handlers had begun, and takes bodies if asked."""

    def __init__(self) -> None:
        self.begun: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["path"] == "/eager":
            self.begun.append(scope["query_string"].decode())
        body, more = b"", True
        while more and scope["method"] != "GET":
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if scope["path"] != "/eager":
            self.begun.append(scope["query_string"].decode())
        said = f"{scope['http_version']} {len(body)}".encode()
        headers = [(b"content-length", str(len(said)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": said})

    async def _lifespan(self, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return


@contextmanager
def under_uvicorn(app: App) -> Iterator[Origin]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield Origin("http", "127.0.0.1", listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(30)
        listener.close()
        assert not thread.is_alive()


@contextmanager
def under_hypercorn(app: App, certificates: Certificates) -> Iterator[Origin]:
    """HTTP/2 over TLS."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from hypercorn.asyncio import serve
        from hypercorn.config import Config
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    config = Config()
    # The server makes a socket of its own of this number, and closes it.
    config.bind = [f"fd://{listener.detach()}"]
    config.certfile, config.keyfile = str(certificates.certificate), str(certificates.key)
    config.accesslog = config.errorlog = None
    config.graceful_timeout = 0.1
    loops: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
    ready = threading.Event()

    async def run() -> None:
        stop = asyncio.Event()
        loops.append((asyncio.get_running_loop(), stop))
        ready.set()
        await serve(app, config, shutdown_trigger=stop.wait)  # type: ignore[arg-type]

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    try:
        yield Origin("https", "127.0.0.1", port)
    finally:
        ready.wait(10)
        loop, stop = loops[0]
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        assert not thread.is_alive()
