"""aiomysql: PyMySQL's methods, awaited."""

from __future__ import annotations

import importlib
from contextlib import AbstractContextManager
from typing import Any

from tocsin.stores.control import Control
from tocsin.stores.mysql import Layer, Scope, within
from tocsin.stores.patching import patched

name = "aiomysql"
modules = ("aiomysql",)


def instrument(control: Control) -> AbstractContextManager[None]:
    """Announce to ``control`` what connections opened from now on do."""
    connection = importlib.import_module("aiomysql.connection").Connection
    cursor = importlib.import_module("aiomysql.cursors").Cursor
    layer = Layer(control, name, _parameters, database="_db")
    scopes: dict[str, Scope] = {
        "_connect": layer.connecting,
        "query": layer.querying,
        "select_db": layer.selecting,
        "begin": layer.beginning,
        "commit": layer.committing,
        "rollback": layer.rolling_back,
        "autocommit": layer.autocommitting,
    }
    return patched(
        *(
            (connection, method, within(scope, getattr(connection, method), awaits=True))
            for method, scope in scopes.items()
        ),
        (connection, "close", within(layer.closing, connection.close, awaits=False)),
        (cursor, "execute", within(layer.executing, cursor.execute, awaits=True)),
    )


def _parameters(connection: Any) -> dict[str, object]:
    return {
        "host": connection.host,
        "port": connection.port,
        "unix_socket": connection.unix_socket,
        "user": connection.user,
        "password": connection._password,
    }
