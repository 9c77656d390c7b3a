"""Connections to PostgreSQL of tocsin's own, below the Python classes of the drivers.

psycopg's `pq` layer speaks to libpq directly: nothing that is instrumented is passed, and a call
lets other threads run while it waits for the server.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

Answer = list[tuple[str | None, ...]]

_OPTIONS = {
    "application_name": "tocsin",
    "client_encoding": "utf8",
    "connect_timeout": "10",
}
_SETTINGS = (
    "SET standard_conforming_strings = on; SET synchronous_commit = off; SET jit = off;"
    " SET row_security = off; SET statement_timeout = 0; SET lock_timeout = '{patience}ms';"
    " SET client_min_messages = error"
)


class PsycopgMissing(ImportError):
    """The control connection needs psycopg 3, which is an extra."""


class Refused(Exception):
    """The server, or libpq, said no. ``state`` is the five-character SQLSTATE, or empty."""

    def __init__(self, message: str, state: str = "") -> None:
        super().__init__(message)
        self.state = state


class Line:
    """One connection. Every method may be called from any thread; calls follow one another.

    ``parameters`` are libpq's (``host``, ``user``, …); ``patience`` is how many milliseconds a
    statement waits for a lock. Raises `PsycopgMissing` and `Refused`.
    """

    def __init__(self, parameters: Mapping[str, str], *, patience: int = 1000) -> None:
        self._pq = _pq()
        conninfo = " ".join(
            f"{name}={_conninfo_value(value)}" for name, value in {**parameters, **_OPTIONS}.items()
        )
        self._lock = threading.Lock()
        self._prepared: dict[str, bytes] = {}
        self._connection = self._pq.PGconn.connect(conninfo.encode())
        if self._connection.status != self._pq.ConnStatus.OK:
            message = self._message()
            self._connection.finish()
            raise Refused(message)
        self.script(_SETTINGS.format(patience=patience))

    @property
    def pid(self) -> int:
        return int(self._connection.backend_pid)

    @property
    def version(self) -> int:
        """As PostgreSQL counts it: 180004 is 18.4."""
        return int(self._connection.server_version)

    def script(self, sql: str) -> Answer:
        """Run statements in one round trip; gives the rows of the last.

        They are one transaction, unless they say otherwise; a failure rolls back.
        """
        with self._lock:
            try:
                return self._rows(self._connection.exec_(sql.encode()))
            except Refused:
                self._leave_transaction()
                raise

    def ask(self, sql: str, *values: str | None) -> Answer:
        """Run one statement with values; it is prepared the first time it is asked."""
        with self._lock:
            name = self._prepared.get(sql)
            if name is None:
                name = f"tocsin{len(self._prepared)}".encode()
                self._rows(self._connection.prepare(name, sql.encode()))
                self._prepared[sql] = name
            encoded = [None if value is None else value.encode() for value in values]
            return self._rows(self._connection.exec_prepared(name, encoded))

    def try_script(self, sql: str) -> bool:
        """Run statements that may be beyond what this user is permitted."""
        try:
            self.script(sql)
        except Refused:
            return False
        return True

    def forget_plans(self) -> None:
        """Prepare anew: the schema has changed."""
        with self._lock:
            self._prepared.clear()
            self._rows(self._connection.exec_(b"DEALLOCATE ALL"))

    def close(self) -> None:
        with self._lock:
            self._connection.finish()

    def _leave_transaction(self) -> None:
        if self._connection.transaction_status == self._pq.TransactionStatus.INERROR:
            self._connection.exec_(b"ROLLBACK")

    def _rows(self, result: Any) -> Answer:
        status = self._pq.ExecStatus(result.status)
        if status not in {self._pq.ExecStatus.COMMAND_OK, self._pq.ExecStatus.TUPLES_OK}:
            state = result.error_field(self._pq.DiagnosticField.SQLSTATE)
            text = result.error_field(self._pq.DiagnosticField.MESSAGE_PRIMARY)
            raise Refused((text or b"").decode() or self._message(), (state or b"").decode())
        return [
            tuple(_decoded(result.get_value(row, column)) for column in range(result.nfields))
            for row in range(result.ntuples)
        ]

    def _message(self) -> str:
        return str(self._connection.get_error_message()).strip()


def identifier(*names: str) -> str:
    """A name, or a qualified name, as SQL."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def literal(value: str) -> str:
    """A string as SQL."""
    return "'" + value.replace("'", "''") + "'"


def _pq() -> Any:
    try:
        from psycopg import pq
    except ImportError as error:
        raise PsycopgMissing(
            "PostgreSQL needs a control connection: pip install 'tocsin[postgresql]'"
        ) from error
    return pq


def _conninfo_value(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _decoded(value: bytes | None) -> str | None:
    return None if value is None else value.decode()
