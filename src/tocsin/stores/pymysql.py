"""PyMySQL: connections are made, used and dropped in methods of one Python class."""

from __future__ import annotations

import importlib
from contextlib import AbstractContextManager
from typing import Any

from tocsin.stores.control import Control
from tocsin.stores.mysql import Layer, Scope, within
from tocsin.stores.patching import patched

name = "pymysql"
modules = ("pymysql",)


def instrument(control: Control) -> AbstractContextManager[None]:
    """Announce to ``control`` what connections opened from now on do."""
    connection = importlib.import_module("pymysql.connections").Connection
    cursors = importlib.import_module("pymysql.cursors")
    layer = Layer(control, name, _parameters)
    scopes: dict[str, Scope] = {
        "connect": layer.connecting,
        "query": layer.querying,
        "select_db": layer.selecting,
        "begin": layer.beginning,
        "commit": layer.committing,
        "rollback": layer.rolling_back,
        "autocommit": layer.autocommitting,
        "close": layer.closing,
        "_force_close": layer.closing,
    }
    execute = within(layer.executing, cursors.Cursor.execute, awaits=False)
    return patched(
        *(
            (connection, method, within(scope, getattr(connection, method), awaits=False))
            for method, scope in scopes.items()
        ),
        (cursors.Cursor, "execute", execute),
    )


def _parameters(connection: Any) -> dict[str, object]:
    password = connection.password
    return {
        "host": connection.host,
        "port": connection.port,
        "unix_socket": connection.unix_socket,
        "user": connection.user,
        "password": password.decode("latin1") if isinstance(password, bytes) else password,
    }
