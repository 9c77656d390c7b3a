"""Guards for Flask; ``authorized`` and ``unchanged`` are for SQLAlchemy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tocsin.guard.flask.files import download, receive
from tocsin.guard.flask.headers import preconditions
from tocsin.guard.flask.idempotency import asked, idempotent, respond
from tocsin.guard.flask.install import install

if TYPE_CHECKING:
    from tocsin.guard.flask.rights import authorized
    from tocsin.guard.flask.states import unchanged

__all__ = [
    "asked",
    "authorized",
    "download",
    "idempotent",
    "install",
    "preconditions",
    "receive",
    "respond",
    "unchanged",
]


def __getattr__(name: str) -> Any:
    """Services without SQLAlchemy do not import it."""
    if name == "authorized":
        from tocsin.guard.flask.rights import authorized

        return authorized
    if name == "unchanged":
        from tocsin.guard.flask.states import unchanged

        return unchanged
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
