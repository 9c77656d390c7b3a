"""A UDP socket to the server, for HTTP/3: a thin driver."""

from __future__ import annotations

import contextlib
import socket
from collections import deque

from tocsin.probe.message import Origin, Reason
from tocsin.probe.transports.base import Limits
from tocsin.probe.transports.dialling import Clock, DialError, said
from tocsin.probe.transports.trust import Trust

_LARGEST = 65536
_AT_ONCE = 64
"""Datagrams read before anything else is looked at."""


class DatagramWire:
    """A connection of QUIC's: it is ready once the framing says so."""

    trip = 0.0
    """Not known; a ping tells when everything has arrived."""

    def __init__(self, sock: socket.socket, origin: Origin, limits: Limits, trust: Trust) -> None:
        from tocsin.probe.transports.http3 import Http3

        self.framing = Http3(origin, limits, trust)
        self.closed = False
        self._socket = sock
        self._out: deque[bytes] = deque()

    def fileno(self) -> int:
        return self._socket.fileno()

    @property
    def waiting(self) -> bool:
        """Whether there is something left to write."""
        return bool(self._out)

    def fill(self, now: float) -> None:
        """Take what the framing wants to write."""
        self.framing.now = now
        self._out.extend(self.framing.take())

    def write(self) -> None:
        """A system call for each datagram; a volley's release is one."""
        while self._out:
            try:
                self._socket.send(self._out[0])
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                self._out.clear()  # nobody is there: reading says so too
                return
            self._out.popleft()

    def read(self, clock: Clock) -> None:
        """What has come, to the framing."""
        for _ in range(_AT_ONCE):
            try:
                data = self._socket.recv(_LARGEST)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                self.framing.end(clock())
                self.close()
                return
            self.framing.receive(data, clock())

    def close(self) -> None:
        """With a goodbye, as the server would wait for the idle time-out otherwise."""
        if not self.closed:
            self.closed = True
            with contextlib.suppress(OSError):
                self.framing.leave()
                for data in self.framing.take():
                    self._socket.send(data)
            self._socket.close()


def dial_datagram(origin: Origin, limits: Limits, trust: Trust, clock: Clock) -> DatagramWire:
    """A socket, and the first datagram to be sent. Raises `DialError`."""
    if origin.scheme != "https":
        raise DialError(Reason.UNREACHABLE, "HTTP/3 needs https")
    try:
        found = socket.getaddrinfo(
            origin.address or origin.host, origin.port, type=socket.SOCK_DGRAM
        )
        family, kind, number, _, address = found[0]
        sock = socket.socket(family, kind, number)
    except (OSError, UnicodeError) as error:
        raise DialError(Reason.UNREACHABLE, said(error)) from error
    try:
        sock.setblocking(False)
        sock.connect(address)
        wire = DatagramWire(sock, origin, limits, trust)
        wire.framing.open(clock())
    except ImportError as error:
        sock.close()
        raise DialError(Reason.UNREACHABLE, "HTTP/3 needs the extra tocsin[http3]") from error
    except OSError as error:
        sock.close()
        raise DialError(Reason.UNREACHABLE, said(error)) from error
    return wire
