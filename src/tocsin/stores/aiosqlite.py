"""aiosqlite: a thread per connection runs what the task queued, on the task's behalf.

The statements themselves are announced by `sqlite`.
"""

from __future__ import annotations

import importlib
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any

from tocsin.stores.control import Control
from tocsin.stores.patching import patched

name = "aiosqlite"
modules = ("aiosqlite",)


_QUIET = frozenset({"cursor", "fetchone", "fetchmany", "fetchall"})
"""Nothing is announced by these: they need not know for whom they run."""


def instrument(control: Control) -> AbstractContextManager[None]:
    """Bind what is queued to the task that queues it."""
    connection = importlib.import_module("aiosqlite.core").Connection
    return patched(
        (connection, "_execute", _executing(control, connection._execute)),
        (connection, "_connect", _connecting(control, connection._connect)),
    )


def _executing(control: Control, original: Callable[..., Awaitable[Any]]) -> Any:
    async def _execute(connection: Any, function: Any, *args: Any, **kwargs: Any) -> Any:
        if not _quiet(function):
            function = control.carry(function)
        with control.away():
            return await original(connection, function, *args, **kwargs)

    return _execute


def _quiet(function: Any) -> bool:
    name = getattr(function, "__name__", "")
    if name == "close":
        return isinstance(getattr(function, "__self__", None), sqlite3.Cursor)
    return name in _QUIET


def _connecting(control: Control, original: Callable[..., Awaitable[Any]]) -> Any:
    async def _connect(connection: Any) -> Any:
        connection._connector = control.carry(connection._connector)
        with control.away():
            return await original(connection)

    return _connect
