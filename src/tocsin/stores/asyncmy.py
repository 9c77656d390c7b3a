"""asyncmy: PyMySQL's methods, awaited and compiled.

Connections are Python classes and can be patched; cursors are not, so that ours are subclasses.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from tocsin.stores.control import Control
from tocsin.stores.escapes import TRUSTED
from tocsin.stores.mysql import Layer, Scope, within
from tocsin.stores.patching import disguised, patched

name = "asyncmy"
modules = ("asyncmy",)

_PREPARED = ("execute", "executemany")


def instrument(control: Control) -> AbstractContextManager[None]:
    """Announce to ``control`` what connections opened from now on do."""
    module = importlib.import_module("asyncmy.connection")
    connection, prepared = module.Connection, module.PreparedStatement
    layer = Layer(control, name, _parameters, database="_db")
    scopes: dict[str, Scope] = {
        "connect": layer.connecting,
        "query": layer.querying,
        "select_db": layer.selecting,
        "begin": layer.beginning,
        "commit": layer.committing,
        "rollback": layer.rolling_back,
        "autocommit": layer.autocommitting,
    }
    return patched(
        *(
            (connection, method, within(_trusted(scope), getattr(connection, method), awaits=True))
            for method, scope in scopes.items()
        ),
        (connection, "close", within(layer.closing, connection.close, awaits=False)),
        (connection, "cursor", _cursors(layer, connection.cursor)),
        *(
            (prepared, method, _escaping(layer, getattr(prepared, method)))
            for method in _PREPARED
            if hasattr(prepared, method)
        ),
    )


def _trusted(scope: Scope) -> Scope:
    """A scope in which the driver may write to its socket."""

    @contextmanager
    def entered(*args: Any, **kwargs: Any) -> Iterator[str | None]:
        with scope(*args, **kwargs) as text:
            token = TRUSTED.set(True)
            try:
                yield text
            finally:
                TRUSTED.reset(token)

    return entered


def _cursors(layer: Layer, original: Callable[..., Any]) -> Callable[..., Any]:
    known: dict[type, type] = {}

    def cursor(connection: Any, cursor: Any = None) -> Any:
        base = cursor or connection._cursor_cls
        if base not in known:
            known[base] = _derived(layer, base)
        return original(connection, known[base])

    return cursor


def _derived(layer: Layer, base: Any) -> Any:
    class Cursor(base):  # type: ignore[misc]  # the class in force, maybe ours already
        execute = within(_trusted(layer.executing), base.execute, awaits=True)

    return disguised(Cursor, base)


def _escaping(layer: Layer, original: Callable[..., Any]) -> Callable[..., Any]:
    """Statements that were prepared apart from a cursor are not announced."""

    async def execute(prepared: Any, *args: Any, **kwargs: Any) -> Any:
        if layer.hears(prepared._connection):
            layer.control.escaped(name, "executes a statement that it has prepared itself")
        return await original(prepared, *args, **kwargs)

    return execute


def _parameters(connection: Any) -> dict[str, object]:
    password = connection._password
    return {
        "host": connection._host,
        "port": connection._port,
        "unix_socket": connection._unix_socket,
        "user": connection._user,
        "password": password.decode("latin1") if isinstance(password, bytes) else password,
    }
