"""psycopg2: every door calls a connection factory, and below it stands our class.

Connections and cursors are C classes; ``extras``, pools and SQLAlchemy only subclass or call them.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any

from tocsin.model.history import OpKind
from tocsin.stores.control import Control
from tocsin.stores.libpq import resolved, store_of
from tocsin.stores.patching import Below, disguised, patched
from tocsin.stores.sessions import Sessions, counted
from tocsin.stores.sql import Many

name = "psycopg2"
modules = ("psycopg2",)

_BEGUN = 2  # connection.status: a transaction that psycopg2 itself began
_IDLE = 0  # connection.get_transaction_status()
_BEGIN = {
    1: "BEGIN ISOLATION LEVEL READ COMMITTED",
    2: "BEGIN ISOLATION LEVEL REPEATABLE READ",
    3: "BEGIN ISOLATION LEVEL SERIALIZABLE",
    4: "BEGIN ISOLATION LEVEL READ UNCOMMITTED",
}


def instrument(control: Control) -> AbstractContextManager[None]:
    """Announce to ``control`` what connections opened from now on do."""
    driver = importlib.import_module("psycopg2")
    extensions = importlib.import_module("psycopg2.extensions")
    compiled = importlib.import_module("psycopg2._psycopg")
    layer = _Layer(control, extensions)
    connect = layer.connect_with(driver._connect)
    return patched(
        (driver, "_connect", connect),
        (compiled, "_connect", connect),
        *((place, "connection", layer.connection) for place in (compiled, extensions)),
        *((place, "cursor", layer.cursor) for place in (compiled, extensions)),
    )


class _Layer:
    """One instrument: the two classes, and what they do beside what their bases do."""

    def __init__(self, control: Control, extensions: Any) -> None:
        self.control = control
        self.sessions = Sessions(control, name, "postgres")
        self.cursor = _cursor_class(self, extensions.cursor)
        self.connection = _connection_class(self, extensions.connection)
        self._extensions = extensions
        self._below_cursor = Below(self.cursor)
        self._below_connection = Below(self.connection)

    def connect_with(self, connect: Callable[..., Any]) -> Callable[..., Any]:
        def connect_announced(
            dsn: str, connection_factory: Any = None, *args: Any, **kwargs: Any
        ) -> Any:
            factory = self._below_connection(connection_factory or self.connection)
            made = connect(dsn, factory, *args, **kwargs)
            if self.sessions.of(made) is None:
                self.control.escaped(name, f"a connection made by {factory!r}")
            return made

        return connect_announced

    def open(self, connection: Any, initialise: Callable[..., None], dsn: str, rest: Any) -> None:
        parameters = resolved(self._extensions.parse_dsn(dsn))
        database = self.control.postgresql_database(name, parameters)
        initialise(connection, self._extensions.make_dsn(dsn, dbname=database), *rest)
        later = connection.async_  # an asynchronous connection has no server yet
        if later:
            self.control.escaped(name, "an asynchronous connection")
        pid = None if later else connection.get_backend_pid()
        self.sessions.opened(connection, store_of(parameters), pid)

    def factory(self, connection: Any, asked: Any) -> Any:
        """The cursor factory to use in place of the one that was asked for."""
        return self._below_cursor(asked or connection.cursor_factory or self.cursor)

    def run(self, cursor: Any, query: object, parameters: object, call: Callable[[], Any]) -> Any:
        """Execute something with a cursor, announced."""
        if not self.control.controlled():
            return call()
        connection = cursor.connection
        inside = connection.get_transaction_status() != _IDLE
        begins = None if inside or connection.autocommit else _begin(connection)
        text = _text(query, connection)
        with self.sessions.statement(
            connection, text, parameters, in_transaction=inside, implicit=begins
        ) as turn:
            result = call()
            turn.rows = counted(cursor.rowcount)
        return result

    def end(self, connection: Any, kind: OpKind, call: Callable[[], Any]) -> Any:
        """Do what commits or rolls back, announced if there is something to end."""
        if connection.status != _BEGUN or not self.control.controlled():
            return call()
        with self.sessions.ending(connection, kind):
            return call()


def _cursor_class(layer: _Layer, base: Any) -> Any:
    class Cursor(base):  # type: ignore[misc]  # the class in force, maybe ours already
        def execute(self, query: Any, vars: Any = None) -> Any:  # psycopg2's name
            return layer.run(self, query, vars, lambda: base.execute(self, query, vars))

        def executemany(self, query: Any, vars_list: Iterable[Any]) -> Any:
            sets = Many(vars_list)
            return layer.run(self, query, sets, lambda: base.executemany(self, query, sets))

        def callproc(self, procname: str, *args: Any) -> Any:
            text = f"SELECT * FROM {procname}()"
            return layer.run(self, text, None, lambda: base.callproc(self, procname, *args))

        def copy_from(self, file: Any, table: str, *args: Any, **kwargs: Any) -> Any:
            text = f'COPY "{table}" FROM STDIN'
            return layer.run(
                self,
                text,
                None,
                lambda: base.copy_from(self, file, table, *args, **kwargs),
            )

        def copy_to(self, file: Any, table: str, *args: Any, **kwargs: Any) -> Any:
            text = f'COPY "{table}" TO STDOUT'
            return layer.run(
                self,
                text,
                None,
                lambda: base.copy_to(self, file, table, *args, **kwargs),
            )

        def copy_expert(self, sql: Any, file: Any, *args: Any) -> Any:
            return layer.run(self, sql, None, lambda: base.copy_expert(self, sql, file, *args))

    return disguised(Cursor, base)


def _connection_class(layer: _Layer, base: Any) -> Any:
    class Connection(base):  # type: ignore[misc]  # the class in force
        def __init__(self, dsn: str, *rest: Any, **named: Any) -> None:
            layer.open(self, base.__init__, dsn, (*rest, *named.values()))

        def cursor(
            self, name: Any = None, cursor_factory: Any = None, *rest: Any, **named: Any
        ) -> Any:
            return base.cursor(self, name, layer.factory(self, cursor_factory), *rest, **named)

        def commit(self) -> None:
            layer.end(self, OpKind.COMMIT, lambda: base.commit(self))

        def rollback(self) -> None:
            layer.end(self, OpKind.ROLLBACK, lambda: base.rollback(self))

        def reset(self) -> None:
            layer.end(self, OpKind.ROLLBACK, lambda: base.reset(self))

        def set_isolation_level(self, level: Any) -> None:
            layer.end(self, OpKind.ROLLBACK, lambda: base.set_isolation_level(self, level))

        def tpc_commit(self, *xid: Any) -> None:
            layer.end(self, OpKind.COMMIT, lambda: base.tpc_commit(self, *xid))

        def tpc_rollback(self, *xid: Any) -> None:
            layer.end(self, OpKind.ROLLBACK, lambda: base.tpc_rollback(self, *xid))

        def close(self) -> None:
            base.close(self)
            layer.sessions.closed(self)

        def lobject(self, *args: Any, **kwargs: Any) -> Any:
            layer.control.escaped(name, "a large object")
            return base.lobject(self, *args, **kwargs)

    return disguised(Connection, base)


def _begin(connection: Any) -> str:
    return _BEGIN.get(connection.isolation_level, "BEGIN")


def _text(query: Any, connection: Any) -> str:
    if isinstance(query, str):
        return query
    if isinstance(query, bytes):
        return query.decode(errors="replace")
    return str(query.as_string(connection))
