"""Guards for FastAPI and Starlette; ``authorized`` and ``unchanged`` are for SQLAlchemy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tocsin.guard.fastapi.files import download, receive
from tocsin.guard.fastapi.headers import preconditions
from tocsin.guard.fastapi.idempotency import asked, idempotent, respond
from tocsin.guard.fastapi.install import install
from tocsin.guard.fastapi.transaction import transaction

if TYPE_CHECKING:
    from tocsin.guard.fastapi.rights import authorized, unchanged

__all__ = [
    "asked",
    "authorized",
    "download",
    "idempotent",
    "install",
    "preconditions",
    "receive",
    "respond",
    "transaction",
    "unchanged",
]


def __getattr__(name: str) -> Any:
    """Services without SQLAlchemy do not import it."""
    if name in {"authorized", "unchanged"}:
        from tocsin.guard.fastapi import rights

        return getattr(rights, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
