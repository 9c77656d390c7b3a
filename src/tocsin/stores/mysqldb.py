"""mysqlclient (``MySQLdb``): a Python class around libmariadb's connection."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from tocsin.stores.control import Control
from tocsin.stores.mysql import Layer, Scope, within
from tocsin.stores.patching import patched

name = "MySQLdb"
modules = ("MySQLdb",)

_POSITIONS = ("host", "user", "password", "database", "port", "unix_socket")
_OTHER_NAMES = {"db": "database", "passwd": "password"}
_FOR_CONTROL = ("host", "user", "password", "port", "unix_socket")


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
    """A layer that remembers where connections lead, which the library does not tell."""

    def __init__(self, control: Control) -> None:
        super().__init__(control, name, self._given)
        self._options: dict[int, dict[str, object]] = {}

    def initialising(self, original: Callable[..., None]) -> Callable[..., None]:
        """``Connection(host, user, …)``: made and connected at once."""

        def initialise(connection: Any, *args: Any, **kwargs: Any) -> None:
            given = dict(zip(_POSITIONS, args, strict=False)) | kwargs
            options = {_OTHER_NAMES.get(key, key): value for key, value in given.items()}
            self.forget(connection)
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

    def _given(self, connection: Any) -> dict[str, object]:
        return self._options.get(id(connection), {})
