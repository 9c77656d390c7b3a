"""Traffic past the instruments is noticed, and that of controlled drivers is not."""

from __future__ import annotations

import asyncio
import socket
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tocsin.stores import escapes
from tocsin.testing.recording import RecordingControl


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def port() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), _Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def escaped(control: RecordingControl) -> set[str]:
    return {escape.partition(":")[0] for escape in control.escapes}


def test_a_raw_socket_is_named(port: int) -> None:
    control = RecordingControl()
    with (
        escapes.instrument(control),
        control.request(),
        socket.create_connection(("127.0.0.1", port)) as raw,
    ):
        raw.sendall(b"GET / HTTP/1.0\r\n\r\n")
    assert "socket" in escaped(control)
    assert any(str(port) in escape for escape in control.escapes)


def test_a_client_of_the_standard_library_is_named(port: int) -> None:
    control = RecordingControl()
    with escapes.instrument(control), control.request():
        urllib.request.urlopen(f"http://127.0.0.1:{port}/").close()
    assert escaped(control) & {"urllib", "http"}


def test_a_stream_in_an_event_loop_is_noticed(port: int) -> None:
    async def talk() -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.0\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    control = RecordingControl()
    with escapes.instrument(control), control.request():
        asyncio.run(talk())
    assert escaped(control)


def test_outside_of_requests_nobody_is_told(port: int) -> None:
    control = RecordingControl()
    with escapes.instrument(control), socket.create_connection(("127.0.0.1", port)):
        pass
    assert not control.escapes


def test_everything_is_put_back() -> None:
    before = socket.socket.connect
    with escapes.instrument(RecordingControl()):
        assert socket.socket.connect is not before
    assert socket.socket.connect is before
