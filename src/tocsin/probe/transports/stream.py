"""A TCP connection to the server, with TLS where the origin wants it: a thin driver."""

from __future__ import annotations

import contextlib
import socket
import ssl

from tocsin.probe.message import Origin, Protocol, Reason
from tocsin.probe.transports.base import Framing, Limits
from tocsin.probe.transports.dialling import Clock, DialError, said
from tocsin.probe.transports.registry import transport

_CHUNK = 64 * 1024


class _Tls:
    """TLS in memory: what is to be sent is encrypted before, not while, the volley is released."""

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        self._in = ssl.MemoryBIO()
        self._out = ssl.MemoryBIO()
        self.object = context.wrap_bio(self._in, self._out, server_hostname=host)

    def shake(self, sock: socket.socket, clock: Clock, deadline: float) -> None:
        """The handshake, on a socket that blocks, but not after ``deadline``."""
        while True:
            sock.settimeout(max(0.001, deadline - clock()))
            try:
                self.object.do_handshake()
            except ssl.SSLWantReadError:
                sock.sendall(self._out.read())
                self.put(sock.recv(_CHUNK))
            else:
                sock.sendall(self._out.read())
                return

    def put(self, data: bytes) -> None:
        """Bytes of the server; none are its end."""
        if data:
            self._in.write(data)
        else:
            self._in.write_eof()

    def plain(self) -> tuple[bytes, bool]:
        """What they say, and whether that was all there will ever be."""
        parts = []
        try:
            while part := self.object.read(_CHUNK):
                parts.append(part)
        except ssl.SSLWantReadError:
            return b"".join(parts), False
        except ssl.SSLError:
            pass  # closed without a goodbye, or nonsense: either way the end
        return b"".join(parts), True

    def sealed(self, data: bytes) -> bytes:
        """Encrypted; with what TLS itself has to say."""
        if data:
            self.object.write(data)
        return self._out.read()


class StreamWire:
    """A warm connection: a socket that does not block, and the framing that goes over it."""

    def __init__(
        self, sock: socket.socket, tls: _Tls | None, framing: Framing, trip: float = 0.0
    ) -> None:
        self.framing = framing
        self.trip = trip
        self.closed = False
        self._socket = sock
        self._tls = tls
        self._out = bytearray()
        self._deaf = False

    def fileno(self) -> int:
        return self._socket.fileno()

    @property
    def waiting(self) -> bool:
        """Whether there is something left to write."""
        return bool(self._out) and not self._deaf

    def fill(self, now: float) -> None:
        """Take what the framing wants to write, encrypted: ``write`` has nothing left to do."""
        data = b"".join(self.framing.take())
        if self._tls is not None and not self._deaf:
            with contextlib.suppress(ssl.SSLError):
                data = self._tls.sealed(data)
        self._out += data

    def write(self) -> None:
        """One system call, if there is something to write."""
        if not self.waiting:
            return
        try:
            del self._out[: self._socket.send(self._out)]
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            # The server reads no more. What it has said before may still be there to be read.
            self._deaf = True

    def read(self, clock: Clock) -> None:
        """What has come, to the framing."""
        try:
            data = self._socket.recv(_CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        ended = not data
        if self._tls is not None:
            self._tls.put(data)
            data, goodbye = self._tls.plain()
            ended |= goodbye
        if data:
            self.framing.receive(data, clock())
        if ended:
            self.framing.end(clock())
            self.close()

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self._socket.close()


def dial_stream(
    origin: Origin, protocol: Protocol, limits: Limits, context: ssl.SSLContext, clock: Clock
) -> StreamWire:
    """A connection that speaks ``protocol``, or HTTP/1.1 if the server knows no better.

    ``context`` offers the protocol, if the origin wants TLS. Raises `DialError`.
    """
    began = clock()
    address = (origin.address or origin.host, origin.port)
    try:
        sock = socket.create_connection(address, timeout=limits.connect)
    except (OSError, UnicodeError) as error:
        raise DialError(Reason.UNREACHABLE, said(error)) from error
    trip = clock() - began
    tls = None
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if origin.scheme == "https":
            tls = _Tls(context, origin.host)
            tls.shake(sock, clock, began + limits.connect)
    except (OSError, ValueError) as error:
        sock.close()
        raise DialError(Reason.TLS, said(error)) from error
    sock.setblocking(False)
    if tls is not None and tls.object.selected_alpn_protocol() != protocol.value:
        protocol = Protocol.HTTP1
    framing = transport(protocol).framing(origin, limits)
    framing.open(clock())
    return StreamWire(sock, tls, framing, trip)
