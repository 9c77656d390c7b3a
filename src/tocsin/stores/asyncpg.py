"""asyncpg: the methods of the compiled protocol that send something to be executed."""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from pathlib import PurePosixPath
from typing import Any

from tocsin.stores.control import Control, Turn
from tocsin.stores.libpq import store_of
from tocsin.stores.patching import patched
from tocsin.stores.sessions import Sessions
from tocsin.stores.sql import Many

name = "asyncpg"
modules = ("asyncpg",)

Method = Callable[..., Awaitable[Any]]


def instrument(control: Control) -> AbstractContextManager[None]:
    """Announce to ``control`` what connections opened from now on do."""
    utils = importlib.import_module("asyncpg.connect_utils")
    connection = importlib.import_module("asyncpg.connection").Connection
    protocol = importlib.import_module("asyncpg.protocol.protocol").Protocol
    layer = _Layer(control)
    return patched(
        (utils, "_connect_addr", layer.connecting(utils._connect_addr)),
        (connection, "_introspect_types", layer.unheard(connection._introspect_types)),
        (protocol, "connection_lost", layer.closing(protocol.connection_lost)),
        (protocol, "query", layer.sending_text(protocol.query)),
        (protocol, "copy_in", layer.sending_text(protocol.copy_in)),
        (protocol, "copy_out", layer.sending_text(protocol.copy_out)),
        (protocol, "bind_execute", layer.executing(protocol.bind_execute)),
        (
            protocol,
            "bind_execute_many",
            layer.executing_many(protocol.bind_execute_many),
        ),
        (protocol, "execute", layer.fetching(protocol.execute)),
    )


class _Layer:
    """One instrument: wrappers of the protocol's methods, whose ``self`` is the connection."""

    def __init__(self, control: Control) -> None:
        self.control = control
        self.sessions = Sessions(control, name, "postgres")
        self._unheard: set[int] = set()

    def connecting(self, original: Method) -> Method:
        async def _connect_addr(*, addr: Any, params: Any, **kwargs: Any) -> Any:
            parameters = _parameters(addr, params)
            database = self.control.postgresql_database(name, parameters)
            params = params._replace(database=database)
            made = await original(addr=addr, params=params, **kwargs)
            self.sessions.opened(
                made._protocol,
                store_of(parameters),
                made.get_server_pid(),
                connection=made,
            )
            return made

        return _connect_addr

    def unheard(self, original: Method) -> Method:
        """Questions about types: asked when a connection meets one first, noise in a history."""

        async def _introspect_types(connection: Any, *args: Any, **kwargs: Any) -> Any:
            protocol = id(connection._protocol)
            self._unheard.add(protocol)
            try:
                return await original(connection, *args, **kwargs)
            finally:
                self._unheard.discard(protocol)

        return _introspect_types

    def closing(self, original: Callable[..., None]) -> Callable[..., None]:
        def connection_lost(protocol: Any, error: Any) -> None:
            original(protocol, error)
            self.sessions.closed(protocol)

        return connection_lost

    def sending_text(self, original: Method) -> Method:
        """The simple protocol and COPY: ``(text, …)``, answered with a status."""

        async def send(protocol: Any, text: str, *args: Any, **kwargs: Any) -> Any:
            if not self.control.controlled():
                return await original(protocol, text, *args, **kwargs)
            with self._statement(protocol, text, None) as turn:
                status = await original(protocol, text, *args, **kwargs)
                turn.rows = _rows(status)
                return status

        return send

    def executing(self, original: Method) -> Method:
        async def bind_execute(
            protocol: Any,
            state: Any,
            args: Any,
            portal_name: str,
            limit: int,
            return_extra: bool,
            timeout: Any,
        ) -> Any:
            async def call(extra: bool) -> Any:
                return await original(protocol, state, args, portal_name, limit, extra, timeout)

            if not self.control.controlled() or id(protocol) in self._unheard:
                return await call(return_extra)
            with self._statement(protocol, state.query, args) as turn:
                answer = await call(True)
                turn.rows = _rows(answer[1])
                return answer if return_extra else answer[0]

        return bind_execute

    def executing_many(self, original: Method) -> Method:
        async def bind_execute_many(
            protocol: Any, state: Any, args: Any, *rest: Any, **kwargs: Any
        ) -> Any:
            if not self.control.controlled():
                return await original(protocol, state, args, *rest, **kwargs)
            sets = Many(args)
            with self._statement(protocol, state.query, sets):
                return await original(protocol, state, sets, *rest, **kwargs)

        return bind_execute_many

    def fetching(self, original: Method) -> Method:
        """More rows of an open cursor, which may take row locks."""

        async def execute(protocol: Any, state: Any, *args: Any, **kwargs: Any) -> Any:
            if not self.control.controlled():
                return await original(protocol, state, *args, **kwargs)
            with self._statement(protocol, state.query, None):
                return await original(protocol, state, *args, **kwargs)

        return execute

    def _statement(
        self, protocol: Any, text: str, parameters: object
    ) -> AbstractContextManager[Turn]:
        return self.sessions.statement(
            protocol, text, parameters, in_transaction=protocol.is_in_transaction()
        )


def _parameters(addr: Any, params: Any) -> dict[str, object]:
    """asyncpg's own resolved parameters, in libpq's words."""
    if isinstance(addr, str):  # /run/postgresql/.s.PGSQL.5432
        socket = PurePosixPath(addr)
        host, port = str(socket.parent), socket.name.rpartition(".")[2]
    else:
        host, port = addr
    found = {
        "host": host,
        "port": port,
        "user": params.user,
        "password": params.password,
        "dbname": params.database,
    }
    return {key: value for key, value in found.items() if isinstance(value, str | int)}


def _rows(status: Any) -> int | None:
    """The number at the end of ``INSERT 0 1``; other answers have none."""
    if isinstance(status, bytes):
        status = status.decode()
    last = status.rpartition(" ")[2] if isinstance(status, str) else ""
    return int(last) if last.isdigit() else None
