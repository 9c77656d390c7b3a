"""Passwords hashed with scrypt (RFC 7914), which the standard library has."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
from dataclasses import dataclass

_STORED = re.compile(
    r"\$scrypt\$ln=(?P<ln>\d{1,2}),r=(?P<r>\d{1,2}),p=(?P<p>\d{1,2})"
    r"\$(?P<salt>[A-Za-z0-9+/]{22,86})\$(?P<hash>[A-Za-z0-9+/]{43})"
)
_SALT = 16
_HASH = 32
_MOST_LN = 20


@dataclass(frozen=True, slots=True)
class Scrypt:
    """The parameters of RFC 7914; 2**``ln`` is its N. The defaults are those OWASP recommends."""

    ln: int = 17
    r: int = 8
    p: int = 1

    def owns(self, stored: str) -> bool:
        """Whether such a hash is this algorithm's."""
        return stored.startswith("$scrypt$")

    def hash(self, password: str) -> str:
        """A password to be stored: ``$scrypt$ln=…,r=…,p=…$salt$hash``."""
        salt = os.urandom(_SALT)
        made = self._derived(password, salt)
        return f"$scrypt$ln={self.ln},r={self.r},p={self.p}${_text(salt)}${_text(made)}"

    def verify(self, stored: str, password: str) -> bool:
        """Raises ``ValueError`` if that cannot have been stored."""
        found = _STORED.fullmatch(stored)
        if found is None:
            raise ValueError("not a hash of scrypt")
        if int(found["ln"]) > _MOST_LN:
            raise ValueError("more memory than any hash of scrypt takes")
        used = Scrypt(int(found["ln"]), int(found["r"]), int(found["p"]))
        made = used._derived(password, _bytes(found["salt"]))
        return hmac.compare_digest(made, _bytes(found["hash"]))

    def stale(self, stored: str) -> bool:
        """Whether it was made with other parameters than these."""
        return not stored.startswith(f"$scrypt$ln={self.ln},r={self.r},p={self.p}$")

    def _derived(self, password: str, salt: bytes) -> bytes:
        n = 1 << self.ln
        # What it needs, and a little: OpenSSL's own bound is lower.
        memory = 128 * self.r * (n + self.p + 2) + (1 << 20)
        return hashlib.scrypt(
            password.encode(), salt=salt, n=n, r=self.r, p=self.p, maxmem=memory, dklen=_HASH
        )


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))
