"""Guards for FastAPI and Starlette: ``install`` answers refusals, ``transaction`` has a session."""

from tocsin.guard.fastapi.install import install
from tocsin.guard.fastapi.transaction import transaction

__all__ = ["install", "transaction"]
