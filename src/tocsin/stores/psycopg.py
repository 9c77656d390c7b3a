"""psycopg 3: the generators that sync and async connections, cursors and pools all run on."""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Callable, Generator
from contextlib import AbstractContextManager
from typing import Any

from tocsin.model.history import OpKind
from tocsin.stores.control import Control
from tocsin.stores.libpq import resolved, store_of
from tocsin.stores.patching import patched
from tocsin.stores.sessions import Sessions, counted
from tocsin.stores.sql import Many, read

name = "psycopg"
modules = ("psycopg",)

Steps = Generator[Any, Any, Any]

_IDLE = 0  # pgconn.transaction_status
# What the driver sends of its own accord and others can notice; not FETCH, CLOSE, DEALLOCATE.
_COMMANDS = frozenset({"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PREPARE"})
_STATEMENTS = (
    "_execute_gen",
    "_executemany_gen_pipeline",
    "_executemany_gen_no_pipeline",
    "_stream_send_gen",
    "_start_copy_gen",
)


def instrument(control: Control) -> AbstractContextManager[None]:
    """Announce to ``control`` what connections opened from now on do."""
    driver = importlib.import_module("psycopg")
    conninfo = importlib.import_module("psycopg.conninfo")
    connection = importlib.import_module("psycopg._connection_base").BaseConnection
    cursor = importlib.import_module("psycopg._cursor_base").BaseCursor
    server = importlib.import_module("psycopg._server_cursor_base").ServerCursorMixin
    layer = _Layer(control, conninfo)
    return patched(
        (
            connection,
            "_connect_gen",
            layer.connecting(vars(connection)["_connect_gen"]),
        ),
        (connection, "_exec_command", layer.commanding(connection._exec_command)),
        *((cursor, each, layer.executing(getattr(cursor, each))) for each in _STATEMENTS),
        (server, "_declare_gen", layer.executing(server._declare_gen)),
        (driver.Connection, "close", layer.closing(driver.Connection.close)),
        (
            driver.AsyncConnection,
            "close",
            layer.closing_soon(driver.AsyncConnection.close),
        ),
    )


class _Layer:
    """One instrument: wrappers of the driver's generators."""

    def __init__(self, control: Control, conninfo: Any) -> None:
        self.control = control
        self.sessions = Sessions(control, name, "postgres")
        self._conninfo = conninfo

    def connecting(self, original: Any) -> Any:
        def _connect_gen(cls: Any, conninfo: str = "", *args: Any, **kwargs: Any) -> Steps:
            parameters = resolved(self._conninfo.conninfo_to_dict(conninfo))
            database = self.control.postgresql_database(name, parameters)
            target = self._conninfo.make_conninfo(conninfo, dbname=database)
            made = yield from original.__func__(cls, target, *args, **kwargs)
            self.sessions.opened(made, store_of(parameters), made.pgconn.backend_pid)
            return made

        return classmethod(_connect_gen)

    def closing(self, original: Callable[..., None]) -> Callable[..., None]:
        def close(connection: Any) -> None:
            original(connection)
            self._gone(connection)

        return close

    def closing_soon(
        self, original: Callable[..., Awaitable[None]]
    ) -> Callable[..., Awaitable[None]]:
        async def close(connection: Any) -> None:
            await original(connection)
            self._gone(connection)

        return close

    def executing(self, original: Callable[..., Steps]) -> Callable[..., Steps]:
        """A cursor's generator: ``(cursor, query, parameters, …)``."""
        many = "many" in original.__name__

        def announced(
            cursor: Any, query: Any, params: Any = None, *args: Any, **kwargs: Any
        ) -> Steps:
            if cursor.closed or not self.control.controlled():
                return (yield from original(cursor, query, params, *args, **kwargs))
            if many:
                params = Many(params)
            connection = cursor._conn
            yield from connection._start_query()  # its BEGIN is a command: announced below
            with self.sessions.statement(
                connection,
                _text(query, connection),
                params,
                in_transaction=_inside(connection),
            ) as turn:
                result = yield from original(cursor, query, params, *args, **kwargs)
                if connection._pipeline:  # done when its turn ends, not when the pipeline does
                    yield from connection._pipeline._fetch_gen(flush=True)
                turn.rows = counted(cursor.rowcount)
            return result

        return announced

    def commanding(self, original: Callable[..., Steps]) -> Callable[..., Steps]:
        """The connection's generator for commands of its own."""

        def _exec_command(connection: Any, command: Any, *args: Any, **kwargs: Any) -> Steps:
            if not self.control.controlled():
                return (yield from original(connection, command, *args, **kwargs))
            text = _text(command, connection)
            statement = read(text, "postgres")
            if statement.keyword not in _COMMANDS:
                return (yield from original(connection, command, *args, **kwargs))
            with self.sessions.statement(
                connection, text, None, in_transaction=_inside(connection)
            ):
                result = yield from original(connection, command, *args, **kwargs)
                if connection._pipeline and statement.kind is not OpKind.STATEMENT:
                    yield from connection._pipeline._sync_gen()
            return result

        return _exec_command

    def _gone(self, connection: Any) -> None:
        if connection.closed:  # a pool may have taken it back instead
            self.sessions.closed(connection)


def _inside(connection: Any) -> bool:
    return bool(connection.pgconn.transaction_status != _IDLE)


def _text(query: Any, connection: Any) -> str:
    if isinstance(query, str):
        return query
    if isinstance(query, bytes):
        return query.decode(errors="replace")
    if hasattr(query, "as_string"):
        return str(query.as_string(connection))
    # A template string (3.14).
    return str(importlib.import_module("psycopg.sql").as_string(query, connection))
