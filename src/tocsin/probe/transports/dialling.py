"""What opening a connection shares, whatever the kind of socket."""

from __future__ import annotations

import ssl
from collections.abc import Callable

from tocsin.probe.message import Reason

Clock = Callable[[], float]


class DialError(Exception):
    """No connection: ``reason`` and ``detail`` as a `Failure` has them."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def said(error: Exception) -> str:
    """What went wrong, in the words of the system."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError):
        return (error.reason or str(error)).lower().replace("_", " ")
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return (getattr(error, "strerror", None) or str(error)).lower()
