"""Whose certificates count."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass

from tocsin.probe.message import Protocol


@dataclass(frozen=True, slots=True)
class Trust:
    """The system's authorities, those of ``cafile``, or anybody's without ``verify``."""

    verify: bool = True
    cafile: str = ""

    @property
    def places(self) -> tuple[str | None, str | None]:
        """The file and the folder of the authorities, as OpenSSL takes them (``SSL_CERT_FILE``)."""
        if self.cafile:
            return self.cafile, None
        usual = ssl.get_default_verify_paths()
        return usual.cafile, usual.capath

    def context(self, protocols: Sequence[Protocol]) -> ssl.SSLContext:
        """A context that offers ``protocols`` (ALPN).

        Raises ``OSError`` if ``cafile`` cannot be read.
        """
        context = ssl.create_default_context(cafile=self.cafile or None)
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols([protocol.value for protocol in protocols])
        return context
