"""mysqlclient (``MySQLdb``): a Python class around libmariadb's connection.

The library does not say whether a transaction is open: that is followed from the statements.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from tocsin.stores.control import Control
from tocsin.stores.mysql import Layer, Scope, text_of, within
from tocsin.stores.patching import patched

name = "MySQLdb"
modules = ("MySQLdb",)

_POSITIONS = ("host", "user", "password", "database", "port", "unix_socket")
_OTHER_NAMES = {"db": "database", "passwd": "password"}
_FOR_CONTROL = ("host", "user", "password", "port", "unix_socket")

_FIRST_WORDS = re.compile(r"(?:\s|/\*.*?\*/|--[^\n]*\n|#[^\n]*\n)*(\w+)(?:\s+(\w+))?", re.DOTALL)
_BEGINS = frozenset({"BEGIN", "START"})
_ENDS = frozenset({"COMMIT", "ROLLBACK", "CREATE", "ALTER", "DROP", "TRUNCATE", "RENAME"})
"""What ends a transaction; MySQL commits before it defines something."""

_NEITHER = frozenset({"SET", "SHOW", "USE", "DO", "KILL", "FLUSH"})


def instrument(control: Control) -> AbstractContextManager[None]:
    """Announce to ``control`` what connections opened from now on do."""
    connection = importlib.import_module("MySQLdb.connections").Connection
    cursor = importlib.import_module("MySQLdb.cursors").BaseCursor
    layer = _Layer(control)
    scopes: dict[str, Scope] = {
        "query": layer.querying,
        "select_db": layer.selecting,
        "commit": layer.committing,
        "rollback": layer.rolling_back,
        "autocommit": layer.autocommitting,
        "close": layer.closing,
    }
    return patched(
        (connection, "__init__", layer.initialising(connection.__init__)),
        *(
            (connection, method, within(scope, getattr(connection, method), awaits=False))
            for method, scope in scopes.items()
        ),
        (cursor, "execute", within(layer.executing, cursor.execute, awaits=False)),
    )


class _Layer(Layer):
    """A layer that remembers what the library does not tell."""

    def __init__(self, control: Control) -> None:
        super().__init__(control, name, self._given, self._now)
        self._options: dict[int, dict[str, object]] = {}
        self._inside: set[int] = set()

    def initialising(self, original: Callable[..., None]) -> Callable[..., None]:
        """``Connection(host, user, …)``: made and connected at once."""

        def initialise(connection: Any, *args: Any, **kwargs: Any) -> None:
            given = dict(zip(_POSITIONS, args, strict=False)) | kwargs
            options = {_OTHER_NAMES.get(key, key): value for key, value in given.items()}
            self._inside.discard(id(connection))
            self._options[id(connection)] = {key: options.get(key) for key in _FOR_CONTROL}
            place = self.place(connection, options.get("database"))
            with self.unheard(connection):
                original(connection, **(options | {"database": place}))
            self.opened(connection, place)
            if not place:  # an option file may have named one
                self._follow(connection)

        return initialise

    def _follow(self, connection: Any) -> None:
        with self.unheard(connection):
            cursor = connection.cursor()
            cursor.execute("SELECT DATABASE()")
            row = cursor.fetchone()
            cursor.close()
            found = next(iter(row.values())) if isinstance(row, dict) else row[0]
        if found:
            connection.select_db(found)

    @contextmanager
    def querying(self, connection: Any, sql: Any, *rest: object, **named: object) -> Iterator[Any]:
        with super().querying(connection, sql, *rest, **named) as text:
            yield text
            self._learn(connection, sql)

    @contextmanager
    def committing(self, connection: Any) -> Iterator[None]:
        with super().committing(connection):
            yield
            self._inside.discard(id(connection))

    @contextmanager
    def rolling_back(self, connection: Any) -> Iterator[None]:
        with super().rolling_back(connection):
            yield
            self._inside.discard(id(connection))

    @contextmanager
    def autocommitting(self, connection: Any, value: object) -> Iterator[None]:
        with super().autocommitting(connection, value):
            yield
            if value:
                self._inside.discard(id(connection))

    def _given(self, connection: Any) -> dict[str, object]:
        return self._options.get(id(connection), {})

    def _now(self, connection: Any) -> tuple[bool, bool]:
        return id(connection) in self._inside, bool(connection.get_autocommit())

    def _learn(self, connection: Any, sql: object) -> None:
        found = _FIRST_WORDS.match(text_of(sql))
        first, second = (
            (word.upper() if word else "" for word in found.groups()) if found else ("", "")
        )
        if first == "ROLLBACK" and second == "TO":
            return
        if first in _ENDS or (first == "SET" and connection.get_autocommit()):
            if first != "SET" or second == "AUTOCOMMIT":
                self._inside.discard(id(connection))
        elif first in _BEGINS or (first not in _NEITHER and not connection.get_autocommit()):
            self._inside.add(id(connection))
