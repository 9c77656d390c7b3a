"""The contract between an instrumented driver and whoever schedules it.

A driver adapter turns each thing the driver does into a `Call` and runs it as::

    with control.call(Call(...)) as turn:      # a scheduling point: may park this task
        turn.rows = ...                        # what came of it

`Control.call` gives ``None``-like pass-through turns outside a controlled request, so adapters
never ask who is running. Parking works in threads and inside an event loop alike: the adapter
calls it synchronously in both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from tocsin.model.access import Access
from tocsin.model.history import OpKind


@dataclass(frozen=True, slots=True)
class Session:
    """One database connection. ``key`` is unique in the process; ``pid`` the server's name for it.

    ``driver`` is the adapter's name (``psycopg2``), ``store`` the resource
    (``postgresql:shop`` / ``sqlite:shop.db``): accesses of two sessions on one store may conflict.
    """

    key: int
    driver: str
    store: str
    pid: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One thing a driver is about to do.

    ``text`` is the SQL or ``open(path, 'w')`` without values: it names the scheduling point.
    ``parameters`` are the statement's values as the driver was given them. ``accesses`` may be
    given at once (files), or are worked out from ``text`` by the control (statements).
    ``pauses`` false means: record it, but nothing else may run before it (BEGIN). ``snapshot``:
    reads that take no lock see what was there at the first one of the transaction.
    """

    kind: OpKind
    text: str
    session: Session | None = None
    parameters: object = None
    accesses: tuple[Access, ...] = ()
    pauses: bool = True
    in_transaction: bool = False
    autocommit: bool = False
    snapshot: bool = False


class Turn(Protocol):
    """A call that has been let through. Set what is known once it is done."""

    rows: int | None

    def busy(self) -> bool:
        """Say that the resource is locked by another session (SQLite).

        Parks the task until another task let go of something. ``True``: try again; ``False``: all
        others wait too (or this is no controlled task), raise the driver's error.
        """
        ...


class Control(Protocol):
    """What adapters ask of the explorer."""

    def call(self, call: Call) -> AbstractContextManager[Turn]:
        """Announce a call; leaving the context ends it, an exception in it is its error."""
        ...

    def carry(self, function: Callable[..., object]) -> Callable[..., object]:
        """Bind the current task to a function that another thread will run."""
        ...

    def fork(self, function: Callable[..., object]) -> Callable[..., object]:
        """The same for a thread that works beside the caller: the task ends when both have."""
        ...

    def away(self) -> AbstractContextManager[None]:
        """While it lasts, the caller awaits what another thread does on its behalf."""
        ...

    def wait(self, label: str, still: Callable[[], bool]) -> AbstractContextManager[None]:
        """Announce a wait for an application lock; ``still()`` says whether it is still held."""
        ...

    def controlled(self) -> bool:
        """Whether the caller runs on behalf of a scheduled request."""
        ...

    def sqlite_path(self, database: str, *, uri: bool) -> tuple[str, bool]:
        """Where to open this database instead (a copy), and whether that is a URI.

        Raises `NotDisposable` when the target must not be touched.
        """
        ...

    def postgresql_database(self, driver: str, parameters: Mapping[str, object]) -> str:
        """The database name to connect to instead.

        ``parameters``: host, port, user, password, dbname, as far as given (environment variables
        and service files already applied).
        """
        ...

    def mysql_database(self, driver: str, parameters: Mapping[str, object]) -> str:
        """The database name to use instead, of MySQL or MariaDB.

        ``parameters``: host, port, unix_socket, user, password, dbname, as far as given.
        """
        ...

    def redis_database(self, driver: str, parameters: Mapping[str, object]) -> int:
        """The number of the Redis database to use instead.

        ``parameters``: host, port, path (of a socket), username, password, db, as far as given.
        """
        ...

    def opened(self, session: Session, connection: object) -> None:
        """A connection was made (``:memory:`` databases are restored through it)."""
        ...

    def closed(self, session: Session) -> None:
        """A connection is gone, and with it its locks."""
        ...

    def escaped(self, driver: str, what: str) -> None:
        """Something reached a store past the instruments: the verdict becomes *not controlled*."""
        ...


class NotDisposable(Exception):
    """The target database is not marked as one that may be written to."""
