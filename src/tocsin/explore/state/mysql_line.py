"""Connections to MySQL and MariaDB of tocsin's own.

They are PyMySQL's, whose instrument knows them by their program name and lets them pass.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Mapping
from typing import Any

from tocsin.stores.mysql import PROGRAM

Answer = tuple[tuple[Any, ...], ...]

_SETTINGS = (
    # Rows go back as they were, whatever the server thinks of them by now.
    "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO', foreign_key_checks = 0, unique_checks = 0,"
    " innodb_lock_wait_timeout = 1, lock_wait_timeout = 1"
)


class PyMySQLMissing(ImportError):
    """The control connection needs PyMySQL, which is an extra."""


class Refused(Exception):
    """The server said no. ``code`` is its number for that, or 0."""

    def __init__(self, message: str, code: int = 0) -> None:
        super().__init__(message)
        self.code = code


class Line:
    """One connection. Every method may be called from any thread; calls follow one another.

    ``server`` has host, port, unix_socket, user and password, as far as given. Raises
    `PyMySQLMissing` and `Refused`.
    """

    def __init__(self, server: Mapping[str, str], database: str | None = None) -> None:
        self._driver = _pymysql()
        self._lock = threading.Lock()
        options: dict[str, Any] = dict(server)
        if "port" in options:
            options["port"] = int(options["port"])
        try:
            self._connection = self._driver.connections.Connection(
                **options,
                database=database,
                charset="utf8mb4",
                autocommit=True,
                program_name=PROGRAM,
                connect_timeout=10,
            )
        except self._driver.MySQLError as error:
            raise _refused(error) from error
        self.ask(_SETTINGS)

    @property
    def pid(self) -> int:
        return int(self._connection.thread_id())

    def ask(self, sql: str, *values: object) -> Answer:
        """Run one statement; ``%s`` stands for each of the values, if there are any."""
        with self._lock:
            try:
                with self._connection.cursor() as cursor:
                    cursor.execute(sql, values or None)
                    return tuple(cursor.fetchall())
            except self._driver.MySQLError as error:
                raise _refused(error) from error

    def together(self, statements: list[str]) -> None:
        """Run statements in one transaction; a failure rolls back."""
        try:
            self.ask("START TRANSACTION")
            for statement in statements:
                self.ask(statement)
            self.ask("COMMIT")
        except Refused:
            self.ask("ROLLBACK")
            raise

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of one query by their columns' names."""
        with self._lock:
            try:
                with self._connection.cursor(self._driver.cursors.DictCursor) as cursor:
                    cursor.execute(sql)
                    return list(cursor.fetchall())
            except self._driver.MySQLError as error:
                raise _refused(error) from error

    def tries(self, sql: str) -> bool:
        """Run a statement that may be beyond what this user is permitted."""
        try:
            self.ask(sql)
        except Refused:
            return False
        return True

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def identifier(*names: str) -> str:
    """A name, or a qualified name, as SQL."""
    return ".".join("`" + name.replace("`", "``") + "`" for name in names)


def _pymysql() -> Any:
    try:
        return importlib.import_module("pymysql")
    except ImportError as error:
        raise PyMySQLMissing(
            "MariaDB and MySQL need a control connection: pip install 'tocsin[mysql]'"
        ) from error


def _refused(error: Exception) -> Refused:
    code, *words = (*error.args, "")
    text = " ".join(str(word) for word in words).strip() or str(error)
    return Refused(text, code if isinstance(code, int) else 0)
