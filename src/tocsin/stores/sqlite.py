"""sqlite3: connections and cursors are ours, whichever door they come through.

The C module calls nothing that could be patched, so its classes are subclassed, in all three
modules that name them. A factory of the user's own is derived from, with our class *below* it:
what the user's class changes about a statement has happened when it is announced.
"""

from __future__ import annotations

import importlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any, Literal, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from tocsin.model.history import OpKind
from tocsin.stores.control import Control, Turn
from tocsin.stores.patching import Below, disguised, patched
from tocsin.stores.sessions import Sessions, counted
from tocsin.stores.sql import Many, read
from tocsin.stores.sqlite_waiting import learn_timeout, wait, would_wait

name = "sqlite3"
modules = ("sqlite3",)

T = TypeVar("T")

# What connect() takes after the path and the timeout.
_OPTIONS = (
    "detect_types",
    "isolation_level",
    "check_same_thread",
    "factory",
    "cached_statements",
    "uri",
)
_LEGACY = -1  # Connection.autocommit, from 3.12 on: the module begins transactions itself
_COMMITTING = {"isolation_level": None, "autocommit": True}
_DML = frozenset({"INSERT", "UPDATE", "DELETE", "REPLACE"})


def instrument(control: Control) -> AbstractContextManager[None]:
    """Announce to ``control`` what connections opened from now on do."""
    layer = _Layer(control, sqlite3.Connection, sqlite3.Cursor)
    new = {
        "connect": layer.connect_with(sqlite3.connect),
        "Connection": layer.connection,
        "Cursor": layer.cursor,
    }
    places = [importlib.import_module(each) for each in ("_sqlite3", "sqlite3.dbapi2", "sqlite3")]
    return patched(*((place, key, value) for place in places for key, value in new.items()))


class _Layer:
    """One instrument: the two classes, and what they do beside what their bases do."""

    def __init__(
        self,
        control: Control,
        connection: type[sqlite3.Connection],
        cursor: type[sqlite3.Cursor],
    ) -> None:
        self.control = control
        self.sessions = Sessions(control, name, "sqlite")
        self.cursor = _cursor_class(self, cursor)
        self.connection = _connection_class(self, connection)
        self._below_cursor = Below(self.cursor)
        self._below_connection = Below(self.connection)

    def connect_with(
        self, connect: Callable[..., sqlite3.Connection]
    ) -> Callable[..., sqlite3.Connection]:
        def connect_announced(
            database: Any, timeout: float = 5.0, *args: Any, **kwargs: Any
        ) -> sqlite3.Connection:
            options = dict(zip(_OPTIONS, args, strict=False)) | kwargs
            factory = self._below_connection(options.pop("factory", self.connection))
            made = connect(database, timeout=timeout, factory=factory, **options)
            if self.sessions.of(made) is None:
                self.control.escaped(name, f"a connection made by {factory!r}")
            return made

        return connect_announced

    def open(
        self,
        connection: Any,
        initialise: Callable[..., None],
        database: Any,
        timeout: float,
        options: dict[str, Any],
    ) -> None:
        path = os.fsdecode(database)
        given = bool(options.get("uri", False))
        new, options["uri"] = self.control.sqlite_path(path, uri=given)
        initialise(connection, new, timeout=timeout, **options)
        connection.tocsin_timeout = int(timeout * 1000)
        connection.tocsin_waits = True
        self.sessions.opened(connection, self._store(path, uri=given))

    def _store(self, path: str, *, uri: bool) -> str:
        store = f"sqlite:{_database_name(path, uri=uri)}"
        if store != "sqlite::memory:":
            return store
        # Every connection to :memory: is a database of its own: the lowest number that is free.
        taken, number = self.sessions.stores(), 1
        while store in taken:
            number += 1
            store = f"sqlite::memory:{number}"
        return store

    def factory(self, factory: Any) -> Any:
        """The cursor factory to use in place of the one that was asked for."""
        if factory is None:
            return self.cursor
        if isinstance(factory, type):
            return self._below_cursor(factory)

        def checked(connection: sqlite3.Connection) -> sqlite3.Cursor:
            made: sqlite3.Cursor = factory(connection)
            if not isinstance(made, self.cursor):
                self.control.escaped(name, f"a cursor made by {factory!r}")
            return made

        return checked

    def run(
        self,
        cursor: sqlite3.Cursor,
        original: Callable[..., Any],
        sql: str,
        values: tuple[Any, ...],
    ) -> Any:
        """``execute``: ``values`` are its further arguments."""
        connection: Any = cursor.connection
        if not self.control.controlled():
            wait(connection, waits=True)
            result = original(cursor, sql, *values)
        else:
            parameters = values[0] if values else None
            with self._statement(connection, sql, parameters) as turn:
                result = self.insist(connection, turn, lambda: original(cursor, sql, *values))
                turn.rows = counted(cursor.rowcount)
        if len(sql) < 80 and "busy_timeout" in sql.lower():
            learn_timeout(connection)
        return result

    def run_many(
        self,
        cursor: sqlite3.Cursor,
        original: Callable[..., Any],
        sql: str,
        sets: Iterable[Any],
    ) -> Any:
        """``executemany``; rows that were written before the database was busy stay written."""
        connection: Any = cursor.connection
        if not self.control.controlled():
            wait(connection, waits=True)
            return original(cursor, sql, sets)
        feed = _Feed(sets)
        with self._statement(connection, sql, feed.sets) as turn:
            rows = 0

            def go() -> Any:
                nonlocal rows
                feed.again()
                try:
                    return original(cursor, sql, feed)
                finally:
                    rows += max(cursor.rowcount, 0)

            result = self.insist(connection, turn, go)
            turn.rows = rows
        return result

    def run_script(self, cursor: sqlite3.Cursor, original: Callable[..., Any], script: str) -> Any:
        """``executescript``, one announced statement after the other."""
        connection: Any = cursor.connection
        if not self.control.controlled():
            wait(connection, waits=True)
            return original(cursor, script)
        legacy = getattr(connection, "autocommit", _LEGACY) == _LEGACY
        level = connection.isolation_level
        runner = self.cursor(connection)
        try:
            if legacy:
                connection.commit()
                connection.isolation_level = None
            for statement in _statements(script):
                runner.execute(statement).fetchall()
        finally:
            runner.close()
            if legacy:
                connection.isolation_level = level
        return cursor

    def end(self, connection: Any, original: Callable[[Any], None], kind: OpKind) -> None:
        """``commit`` and ``rollback``."""
        if not self.control.controlled():
            wait(connection, waits=True)
            original(connection)
        elif not connection.in_transaction or getattr(connection, "autocommit", _LEGACY) is True:
            original(connection)
        else:
            with self.sessions.ending(connection, kind) as turn:
                self.insist(connection, turn, lambda: original(connection), ends=True)

    def watched(self, attribute: Any, committing: object) -> property:
        """An attribute that commits when it is set to one certain value."""

        def assign(connection: Any, value: object) -> None:
            if value is committing:
                self.end(connection, lambda each: attribute.__set__(each, value), OpKind.COMMIT)
            else:
                attribute.__set__(connection, value)

        return property(attribute.__get__, assign)

    def escape(self, what: str) -> None:
        if self.control.controlled():
            self.control.escaped(name, what)

    def _statement(
        self, connection: Any, sql: str, parameters: object
    ) -> AbstractContextManager[Turn]:
        legacy = getattr(connection, "autocommit", _LEGACY) == _LEGACY
        implicit = (
            legacy
            and connection.isolation_level is not None
            and read(sql, "sqlite").keyword in _DML
        )
        return self.sessions.statement(
            connection,
            sql,
            parameters,
            in_transaction=connection.in_transaction,
            implicit="" if implicit else None,
        )

    def insist(
        self, connection: Any, turn: Turn, call: Callable[[], T], *, ends: bool = False
    ) -> T:
        """Call until the database is not busy, parked in between as SQLite would sleep."""
        wait(connection, waits=False)
        while True:
            try:
                return call()
            except sqlite3.OperationalError as error:
                # SQLITE_LOCKED, of a shared cache, is never waited for.
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                if not (would_wait(connection, ends=ends) and turn.busy()):
                    raise


def _cursor_class(layer: _Layer, base: type[sqlite3.Cursor]) -> type[sqlite3.Cursor]:
    class Cursor(base):  # type: ignore[valid-type,misc]  # the class in force, maybe ours already
        def execute(self, sql: str, /, *parameters: Any) -> Any:
            return layer.run(self, base.execute, sql, parameters)

        def executemany(self, sql: str, sets: Iterable[Any], /) -> Any:
            return layer.run_many(self, base.executemany, sql, sets)

        def executescript(self, script: str, /) -> Any:
            return layer.run_script(self, base.executescript, script)

    return disguised(Cursor, base)


def _shortcut(method: str) -> Callable[..., Any]:
    def shortcut(connection: Any, /, *args: Any) -> Any:
        return getattr(connection.cursor(), method)(*args)

    return shortcut


def _exit(connection: Any, kind: object, value: object, trace: object) -> Literal[False]:  # noqa: ARG001
    """``__exit__`` as the C code has it, which would not call our commit."""
    if kind is not None:
        connection.rollback()
        return False
    try:
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return False


def _connection_class(layer: _Layer, base: type[sqlite3.Connection]) -> type[sqlite3.Connection]:
    class Connection(base):  # type: ignore[valid-type,misc]  # the class in force
        def __init__(self, database: Any, timeout: float = 5.0, *args: Any, **kwargs: Any) -> None:
            options = dict(zip(_OPTIONS, args, strict=False)) | kwargs
            layer.open(self, base.__init__, database, timeout, options)

        def cursor(self, factory: Any = None) -> Any:
            return base.cursor(self, layer.factory(factory))

        execute = _shortcut("execute")
        executemany = _shortcut("executemany")
        executescript = _shortcut("executescript")
        __exit__ = _exit

        def commit(self) -> None:
            layer.end(self, base.commit, OpKind.COMMIT)

        def rollback(self) -> None:
            layer.end(self, base.rollback, OpKind.ROLLBACK)

        def close(self) -> None:
            base.close(self)
            layer.sessions.closed(self)

        def blobopen(self, *args: Any, **kwargs: Any) -> Any:
            layer.escape("blobopen")
            return base.blobopen(self, *args, **kwargs)

        def backup(self, *args: Any, **kwargs: Any) -> Any:
            layer.escape("backup")
            return base.backup(self, *args, **kwargs)

    for attribute, committing in _COMMITTING.items():
        if hasattr(base, attribute):
            setattr(Connection, attribute, layer.watched(getattr(base, attribute), committing))
    return disguised(Connection, base)


class _Feed(Iterator[Any]):
    """The parameter sets of an ``executemany``, which can go one step back."""

    def __init__(self, sets: Iterable[Any]) -> None:
        self.sets = Many(sets)
        self._given = 0

    def again(self) -> None:
        """Give the last set once more: it was the one that found the database busy."""
        self._given = max(self._given - 1, 0)

    def __next__(self) -> Any:
        if self._given == len(self.sets):
            raise StopIteration
        self._given += 1
        return self.sets[self._given - 1]


def _database_name(path: str, *, uri: bool) -> str:
    """The file's name, or ``:memory:`` and the name of a shared one."""
    if uri and path.startswith("file:"):
        parts = urlsplit(path)
        query = parse_qs(parts.query)
        path = unquote(parts.path)
        if query.get("mode") == ["memory"] or path == ":memory:":
            shared = query.get("cache") == ["shared"] and path != ":memory:"
            return f":memory:{path}" if shared else ":memory:"
    return os.path.basename(path) if path else ":memory:"


def _statements(script: str) -> Iterator[str]:
    start = 0
    for place, character in enumerate(script):
        if character == ";" and sqlite3.complete_statement(script[start : place + 1]):
            yield script[start : place + 1]
            start = place + 1
    if script[start:].strip():
        yield script[start:]
