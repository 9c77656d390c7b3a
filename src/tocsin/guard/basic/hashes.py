"""Stored passwords: made, compared, renewed, and compared with nothing in the same time."""

from __future__ import annotations

import importlib.util
import secrets
import threading
from typing import Protocol

from tocsin.guard.basic.header import prepared
from tocsin.guard.basic.scrypt import Scrypt


class Algorithm(Protocol):
    """`scrypt.Scrypt`, `argon2.Argon2`."""

    def owns(self, stored: str) -> bool: ...

    def hash(self, password: str) -> str: ...

    def verify(self, stored: str, password: str) -> bool:
        """Raises ``ValueError`` if that cannot have been stored."""
        ...

    def stale(self, stored: str) -> bool: ...


class Passwords(Protocol):
    """What the gate asks. `Hashes`, or what a framework has."""

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password is right; for None it is not, and takes as long to say so."""
        ...

    def hash(self, password: str) -> str: ...

    def stale(self, stored: str) -> bool:
        """Whether it should be hashed anew, now that the password is known."""
        ...


class Hashes:
    """The first of several algorithms makes hashes; the others are understood, and stale.

    At most ``parallel`` are computed at once; others wait. Each takes memory: 64 MiB for Argon2's
    defaults, 128 MiB for scrypt's. Making one of these takes as long as a login: do it once.
    """

    def __init__(self, *algorithms: Algorithm, parallel: int = 4) -> None:
        """Without ``algorithms``: Argon2id where argon2-cffi is installed, and scrypt."""
        self._algorithms = algorithms or _installed()
        self._computing = threading.BoundedSemaphore(parallel)
        self._nobodys = self.hash(secrets.token_hex())

    def hash(self, password: str) -> str:
        with self._computing:
            return self._algorithms[0].hash(prepared(password))

    def verify(self, stored: str | None, password: str) -> bool:
        """Raises nothing: what cannot have been stored is nobody's."""
        algorithm = self._of(stored)
        if stored is not None and algorithm is not None:
            try:
                with self._computing:
                    return algorithm.verify(stored, prepared(password))
            except ValueError:
                pass
        with self._computing:
            self._algorithms[0].verify(self._nobodys, prepared(password))
        return False

    def stale(self, stored: str) -> bool:
        algorithm = self._of(stored)
        return algorithm is not self._algorithms[0] or algorithm.stale(stored)

    def _of(self, stored: str | None) -> Algorithm | None:
        known = (each for each in self._algorithms if stored and each.owns(stored))
        return next(known, None)


def _installed() -> tuple[Algorithm, ...]:
    if importlib.util.find_spec("argon2") is None:
        return (Scrypt(),)
    from tocsin.guard.basic.argon2 import Argon2

    return Argon2(), Scrypt()
