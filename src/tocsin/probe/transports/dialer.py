"""Opens connections, of the kind that a protocol needs."""

from __future__ import annotations

from tocsin.probe.message import Origin, Protocol
from tocsin.probe.transports.base import Limits
from tocsin.probe.transports.datagram import dial_datagram
from tocsin.probe.transports.dialling import Clock
from tocsin.probe.transports.pump import Wire
from tocsin.probe.transports.stream import dial_stream
from tocsin.probe.transports.trust import Trust


class Dialer:
    """May be used by several threads at a time.

    Raises ``OSError`` at once if the certificates to trust cannot be read.
    """

    def __init__(self, limits: Limits, trust: Trust, clock: Clock) -> None:
        self._limits = limits
        self._trust = trust
        self._clock = clock
        self._contexts = {
            protocol: trust.context(tuple(dict.fromkeys((protocol, Protocol.HTTP1))))
            for protocol in (Protocol.HTTP1, Protocol.HTTP2)
        }

    def dial(self, origin: Origin, protocol: Protocol) -> Wire:
        """A connection that speaks ``protocol``, or HTTP/1.1 if the server knows no better.

        Raises `DialError`.
        """
        if protocol is Protocol.HTTP3:
            return dial_datagram(origin, self._limits, self._trust, self._clock)
        context = self._contexts[protocol]
        return dial_stream(origin, protocol, self._limits, context, self._clock)
