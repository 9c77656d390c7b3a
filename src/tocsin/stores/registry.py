"""The drivers tocsin can control."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib.util import find_spec
from typing import Protocol

from tocsin.stores import aiosqlite, asyncpg, psycopg, psycopg2, sqlite
from tocsin.stores.control import Control


class Database(Protocol):
    """What an adapter module offers.

    ``modules`` are the import names that make it relevant. ``instrument`` imports the driver and
    patches it for as long as the block runs; instruments nest, and each control is told.
    """

    @property
    def name(self) -> str: ...

    @property
    def modules(self) -> tuple[str, ...]: ...

    def instrument(self, control: Control) -> AbstractContextManager[None]: ...


DATABASES: tuple[Database, ...] = (sqlite, aiosqlite, psycopg2, psycopg, asyncpg)


def installed() -> tuple[Database, ...]:
    """The adapters whose driver can be imported; nothing is imported to find out."""
    return tuple(each for each in DATABASES if all(find_spec(m) for m in each.modules))


@contextmanager
def instrument(control: Control) -> Iterator[None]:
    """Instrument every driver that is installed."""
    with ExitStack() as stack:
        for database in installed():
            stack.enter_context(database.instrument(control))
        yield
