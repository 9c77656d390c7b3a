"""Every transport, by the module that has it: HTTP/3 needs a library of its own."""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType

from tocsin.probe.message import Protocol
from tocsin.probe.transports.base import Transport

MODULES = MappingProxyType(
    {Protocol.HTTP1: "http1", Protocol.HTTP2: "http2", Protocol.HTTP3: "http3"}
)


def transport(protocol: Protocol) -> Transport:
    """The transport of that version. Raises ``ImportError`` if its library is not installed."""
    name = MODULES[protocol]
    found: Transport = getattr(import_module(f"tocsin.probe.transports.{name}"), name.upper())
    return found
