"""``transaction.atomic()`` in which a lock holds on SQLite, too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connections, transaction


@contextmanager
def atomic(using: str | None = None) -> Iterator[None]:
    """A transaction, or a savepoint in the one there is.

    SQLite has no row locks, and a transaction there begins as one that reads: when two of them
    come to write, one fails. The outermost block begins as one that writes: the next waits.
    """
    name = using or DEFAULT_DB_ALIAS
    connection = connections[name]
    # Not yet connected, it would take its mode from the settings afterwards.
    connection.ensure_connection()
    block = transaction.atomic(using=name)
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        with block:
            yield
        return
    usual = getattr(connection, "transaction_mode", None)
    connection.transaction_mode = "IMMEDIATE"
    try:
        block.__enter__()
    finally:
        connection.transaction_mode = usual
    with _left(block):
        yield


@contextmanager
def _left(block: transaction.Atomic) -> Iterator[None]:
    """What is left of a block that has been entered."""
    try:
        yield
    except BaseException as error:
        block.__exit__(type(error), error, error.__traceback__)
        raise
    block.__exit__(None, None, None)
