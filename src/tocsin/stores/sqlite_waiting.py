"""How long SQLite waits for a lock: as the user said, or, in a controlled request, not at all.

A connection (of our class) carries two attributes: ``tocsin_timeout``, the user's timeout in
milliseconds, and ``tocsin_waits``, whether it is in force.
"""

from __future__ import annotations

import sqlite3
from typing import Any


def wait(connection: Any, *, waits: bool) -> None:
    """Let SQLite wait for locks as long as the user said, or (controlled) not at all."""
    if connection.tocsin_waits is not waits:
        connection.tocsin_waits = waits
        _pragma(connection, f"busy_timeout={connection.tocsin_timeout if waits else 0}")


def learn_timeout(connection: Any) -> None:
    """Remember the timeout that a PRAGMA of the user's may just have set."""
    connection.tocsin_timeout = _pragma(connection, "busy_timeout")[0]
    connection.tocsin_waits = True


def would_wait(connection: Any, *, ends: bool) -> bool:
    """Whether SQLite, left alone, would have called its busy handler.

    It does for a COMMIT. For anything else not if the connection has an open read already (it
    could wait for ever): a checkpoint is refused in just that case, and does no harm in the other.
    """
    if ends or not connection.tocsin_timeout:
        return bool(connection.tocsin_timeout)
    try:
        _pragma(connection, "main.wal_checkpoint(PASSIVE)")
    except sqlite3.OperationalError:
        return False
    return True


def _pragma(connection: sqlite3.Connection, text: str) -> Any:
    cursor: sqlite3.Cursor = _PLAIN(connection)
    cursor.row_factory = None
    try:
        return cursor.execute(f"PRAGMA {text}").fetchone()
    finally:
        cursor.close()


# The C class, whatever is in force when this module is imported.
_PLAIN: Any = next(each for each in sqlite3.Cursor.__mro__[::-1] if each is not object)
