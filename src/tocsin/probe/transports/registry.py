"""Every transport."""

from __future__ import annotations

from types import MappingProxyType

from tocsin.probe.transports.http1 import HTTP1
from tocsin.probe.transports.http2 import HTTP2

TRANSPORTS = MappingProxyType({each.protocol: each for each in (HTTP1, HTTP2)})
