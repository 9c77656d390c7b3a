"""What one kind of state (a database, the files, the memory) can do for the explorer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from tocsin.model.access import Item
from tocsin.model.table import Row, Table
from tocsin.stores.control import Session


class State(Protocol):
    """One resource. ``store`` is the name that the accesses and sessions of this resource carry."""

    store: str

    def describe(self) -> str:
        """The resource for readers, with its version: ``PostgreSQL 18.4, database shop (copy)``."""
        ...

    def snapshot(self) -> None:
        """Remember the present contents: the world before every run."""
        ...

    def restore(self, touched: Collection[Item]) -> None:
        """Put back what may have changed. An item without a name means everything.

        Raises `StillLocked` if a session that was not closed keeps rows locked.
        """
        ...

    def read(self, touched: Collection[Item]) -> Mapping[str, Sequence[Row]]:
        """The present contents of the touched tables (paths, variables), one list of rows each."""
        ...

    def tables(self) -> Mapping[str, Table]:
        """Tables by name; files and memory have none."""
        ...

    def related(self, table: str) -> frozenset[str]:
        """Tables that a write to ``table`` may read or write too: foreign keys, triggers."""
        ...

    def waiting(self, sessions: Collection[Session]) -> Mapping[int, frozenset[int]]:
        """Which of these sessions wait for which others, by session key; asked of the database."""
        ...

    def close(self) -> None:
        """Give back everything: copies dropped, the user's data as it was found."""
        ...


class Database(State, Protocol):
    """A state that speaks SQL."""

    def first_row(self, sql: str) -> Row | None:
        """The first row that a query gives; nothing can be written by it. Raises `BadQuery`."""
        ...


class BadQuery(Exception):
    """The database does not accept the query; the message is the database's."""


class StillLocked(Exception):
    """State could not be restored because a session still holds locks."""
