"""The drivers tocsin can control."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib.machinery import SourceFileLoader, SourcelessFileLoader
from importlib.util import find_spec
from types import ModuleType
from typing import Protocol

from tocsin.stores import (
    aiomysql,
    aiosqlite,
    asyncmy,
    asyncpg,
    mysqldb,
    psycopg,
    psycopg2,
    pymysql,
    redis,
    sqlite,
)
from tocsin.stores.control import Control
from tocsin.stores.patching import patched


class Database(Protocol):
    """What an adapter module offers.

    ``modules`` are the import names that make it relevant, the driver's own first. ``instrument``
    imports the driver and patches it for as long as the block runs; instruments nest, and each
    control is told.
    """

    @property
    def name(self) -> str: ...

    @property
    def modules(self) -> tuple[str, ...]: ...

    def instrument(self, control: Control) -> AbstractContextManager[None]: ...


DATABASES: tuple[Database, ...] = (
    *(sqlite, aiosqlite),
    *(psycopg2, psycopg, asyncpg),
    *(pymysql, mysqldb, aiomysql, asyncmy),
    redis,
)


def installed() -> tuple[Database, ...]:
    """The adapters whose driver can be imported; nothing is imported to find out."""
    return tuple(each for each in DATABASES if all(find_spec(m) for m in each.modules))


@contextmanager
def instrument(control: Control) -> Iterator[None]:
    """Instrument every driver that is installed, at once or as soon as it has been imported.

    Most apps use one of them, and to import them all takes longer than many an app.
    """
    waiting = {database.modules[0]: database for database in installed()}
    with ExitStack() as stack:

        def imported(name: str) -> None:
            database = waiting.pop(name, None)
            if database is not None:
                stack.enter_context(database.instrument(control))

        for name in [name for name in waiting if name in sys.modules]:
            imported(name)
        loaders = (SourceFileLoader, SourcelessFileLoader)
        stack.enter_context(
            patched(
                *((each, "exec_module", _telling(each.exec_module, imported)) for each in loaders)
            )
        )
        yield


def _telling(original: Callable[..., None], imported: Callable[[str], None]) -> Callable[..., None]:
    """A loader's method that says, once it is done, which module it has loaded."""

    def exec_module(loader: object, module: ModuleType) -> None:
        original(loader, module)
        imported(module.__name__)

    return exec_module
