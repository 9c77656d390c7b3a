"""Passwords hashed with Argon2id (RFC 9106), by argon2-cffi where that is installed."""

from __future__ import annotations

import argon2
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError


class Argon2:
    """What ``argon2.PasswordHasher`` does; its defaults are the second choice of RFC 9106, 4."""

    def __init__(self, hasher: argon2.PasswordHasher | None = None) -> None:
        self._hasher = hasher or argon2.PasswordHasher()

    def owns(self, stored: str) -> bool:
        return stored.startswith("$argon2")

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def verify(self, stored: str, password: str) -> bool:
        """Raises ``ValueError`` if that cannot have been stored."""
        try:
            return self._hasher.verify(stored, password)
        except VerifyMismatchError:
            return False
        except (InvalidHashError, VerificationError) as error:
            raise ValueError("not a hash of Argon2") from error

    def stale(self, stored: str) -> bool:
        return self._hasher.check_needs_rehash(stored)
