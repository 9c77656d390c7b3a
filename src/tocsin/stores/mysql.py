"""What the drivers of MySQL and MariaDB have in common: one protocol, and nearly one design.

A cursor's ``execute`` writes the values into the text and hands it to its connection's ``query``.
The first is announced, because the values are still apart; the second for whatever came another
way. A transaction begins with the first statement, unless the session commits each by itself;
whether one is open is followed from the statements.

Whatever a method does is said as a *scope*, a context manager around it, so that it is said once
for drivers that wait and for those that await.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from tocsin.model.history import OpKind
from tocsin.stores.control import Control, Turn
from tocsin.stores.sessions import Sessions, Unscheduled, counted
from tocsin.stores.sql import Statement, read

PROGRAM = "tocsin"
"""The program name of connections that are tocsin's own, and pass every instrument."""

_LEVEL = re.compile(
    r"\bSET\s+(SESSION\s+|LOCAL\s+|@@SESSION\.|@@)?"
    r"(?:TRANSACTION\s+ISOLATION\s+LEVEL\s+|(?:TX|TRANSACTION)_ISOLATION\s*:?=\s*['\"]?)"
    r"(READ.UNCOMMITTED|READ.COMMITTED|REPEATABLE.READ|SERIALIZABLE)",
    re.IGNORECASE,
)
_FIRST_WORDS = re.compile(r"(?:\s|/\*.*?\*/|--[^\n]*\n|#[^\n]*\n)*(\w+)(?:\s+(\w+))?", re.DOTALL)
_BEGINS = frozenset({"BEGIN", "START"})
_ENDS = frozenset({"COMMIT", "ROLLBACK", "CREATE", "ALTER", "DROP", "TRUNCATE", "RENAME"})
"""What ends a transaction; MySQL commits before it defines something."""

_NEITHER = frozenset({"SET", "SHOW", "USE", "DO", "KILL", "FLUSH"})

Parameters = Callable[[Any], dict[str, object]]
"""Where a connection leads: host, port, unix_socket, user, password."""

Scope = Callable[..., AbstractContextManager[str | None]]
"""Entered with a method's arguments; gives the text to use in place of the first, if any."""


def store_of(database: str) -> str:
    """The name under which a database's accesses are known."""
    return f"mysql:{database}"


def within(scope: Scope, original: Callable[..., Any], *, awaits: bool) -> Callable[..., Any]:
    """A method that does what it did, inside of a scope."""

    def method(*args: Any, **kwargs: Any) -> Any:
        with scope(*args, **kwargs) as text:
            return original(*_given(args, text), **kwargs)

    async def method_soon(*args: Any, **kwargs: Any) -> Any:
        with scope(*args, **kwargs) as text:
            return await original(*_given(args, text), **kwargs)

    return method_soon if awaits else method


def _given(args: tuple[Any, ...], text: str | None) -> tuple[Any, ...]:
    return args if text is None else (args[0], text, *args[2:])


class Layer:
    """One instrument: what is said of connections and statements.

    ``database`` is the attribute in which a connection keeps the database that it asks for.
    """

    def __init__(
        self,
        control: Control,
        driver: str,
        parameters: Parameters,
        database: str = "db",
    ) -> None:
        self.control = control
        self.driver = driver
        self.sessions = Sessions(control, driver, "mysql")
        self._parameters = parameters
        self._database = database
        self._unheard: set[int] = set()
        self._asked: dict[str, str] = {}
        self._inside: set[int] = set()  # connections in a transaction
        self._latest: set[int] = set()  # connections at a level that is not the usual one

    # ---- scopes of methods

    @contextmanager
    def connecting(self, connection: Any, *_: object) -> Iterator[None]:
        """The method that connects a connection to its ``db``."""
        if is_own(connection):
            yield
            return
        place = self.place(connection, getattr(connection, self._database))
        setattr(connection, self._database, place or None)
        self.forget(connection)
        with self.unheard(connection):
            yield
        self.opened(connection, place)

    @contextmanager
    def executing(self, cursor: Any, query: Any, args: Any = None) -> Iterator[None]:
        """A cursor's ``execute``."""
        with self.statement(cursor.connection, query, args) as turn:
            yield
            turn.rows = counted(cursor.rowcount)

    @contextmanager
    def querying(self, connection: Any, sql: Any, *_: object, **__: object) -> Iterator[str | None]:
        """A connection's ``query``; ``USE shop`` is led to the copy."""
        with self.statement(connection, sql, None):
            elsewhere = None if is_own(connection) else _elsewhere(sql)
            if elsewhere is None:
                yield None
                self._learn_transaction(connection, sql)
                return
            place = self.place(connection, elsewhere)
            yield "USE `" + place.replace("`", "``") + "`"
            self.opened(connection, place)

    @contextmanager
    def selecting(self, connection: Any, database: str) -> Iterator[str]:
        """A connection's ``select_db``."""
        place = self.place(connection, database)
        yield place
        self.opened(connection, place)

    @contextmanager
    def committing(self, connection: Any) -> Iterator[None]:
        """``commit``."""
        with self._ending(connection, OpKind.COMMIT), self.unheard(connection):
            yield
            self._inside.discard(id(connection))

    @contextmanager
    def rolling_back(self, connection: Any) -> Iterator[None]:
        """``rollback``."""
        with self._ending(connection, OpKind.ROLLBACK), self.unheard(connection):
            yield
            self._inside.discard(id(connection))

    @contextmanager
    def beginning(self, connection: Any) -> Iterator[None]:
        """``begin``."""
        with self.statement(connection, "BEGIN", None):
            yield
            self._inside.add(id(connection))

    @contextmanager
    def autocommitting(self, connection: Any, value: object) -> Iterator[None]:
        """``autocommit(on)``, which commits what is open."""
        ends = self._ending(connection, OpKind.COMMIT) if value else Unscheduled()
        with ends, self.unheard(connection):
            yield
            if value:
                self._inside.discard(id(connection))

    @contextmanager
    def closing(self, connection: Any, *_: object) -> Iterator[None]:
        """``close``, and whatever drops a connection without a word to the server."""
        try:
            yield
        finally:
            self.sessions.closed(connection)

    # ---- inside

    def place(self, connection: Any, database: object) -> str:
        """The database to use instead of the one that is asked for; none stays none."""
        asked = database.decode() if isinstance(database, bytes) else str(database or "")
        if not asked:
            return ""
        given = {**self._parameters(connection), "dbname": asked}
        known = {name: value for name, value in given.items() if value not in (None, "", b"")}
        found = self.control.mysql_database(self.driver, known)
        self._asked.setdefault(found, asked)
        return found

    def opened(self, connection: Any, database: str) -> None:
        """Tell of a connection to a place, or that it has changed over to there."""
        self.sessions.closed(connection)
        asked = self._asked.get(database, database)
        self.sessions.opened(connection, store_of(asked), int(connection.thread_id()))

    @contextmanager
    def unheard(self, connection: object) -> Iterator[None]:
        """What the connection sends meanwhile is the driver's own doing, or announced already."""
        before = id(connection) in self._unheard
        self._unheard.add(id(connection))
        try:
            yield
        finally:
            if not before:
                self._unheard.discard(id(connection))

    def hears(self, connection: object) -> bool:
        """Whether statements of this connection are to be announced now."""
        controlled = self.control.controlled()
        return controlled and id(connection) not in self._unheard and not is_own(connection)

    @contextmanager
    def statement(self, connection: Any, query: object, parameters: object) -> Iterator[Turn]:
        """Announce a statement, unless that was done; to be entered around its execution."""
        self._learn_level(connection, query)
        if not self.hears(connection):
            yield Unscheduled()
            return
        with (
            self._announced(connection, text_of(query), parameters) as turn,
            self.unheard(connection),
        ):
            yield turn

    def _ending(self, connection: Any, kind: OpKind) -> AbstractContextManager[object]:
        if not self.hears(connection) or id(connection) not in self._inside:
            return Unscheduled()
        return self.sessions.ending(connection, kind)

    def _announced(
        self, connection: Any, text: str, parameters: object
    ) -> AbstractContextManager[Turn]:
        inside, each = id(connection) in self._inside, bool(connection.get_autocommit())
        statement = read(text, "mysql")
        self._watch_for_others(statement)
        if statement.kind is OpKind.BEGIN and inside:  # the one that is open is committed
            return self.sessions.ending(connection, OpKind.COMMIT, text)
        return self.sessions.statement(
            connection,
            text,
            parameters,
            in_transaction=inside,
            implicit=None if inside or each else "",
            snapshot=id(connection) not in self._latest,
        )

    def forget(self, connection: object) -> None:
        """What was known of a connection that is made, or made again."""
        self._inside.discard(id(connection))
        self._latest.discard(id(connection))

    def _learn_transaction(self, connection: Any, query: object) -> None:
        """Follow whether a transaction is open: the drivers know it after some statements only."""
        found = _FIRST_WORDS.match(text_of(query))
        words = [word.upper() if word else "" for word in found.groups()] if found else ["", ""]
        first, second = words
        if first == "ROLLBACK" and second == "TO":
            return
        if first in _ENDS or (words == ["SET", "AUTOCOMMIT"] and connection.get_autocommit()):
            self._inside.discard(id(connection))
        elif first in _BEGINS or (first not in _NEITHER and not connection.get_autocommit()):
            self._inside.add(id(connection))

    def _learn_level(self, connection: object, query: object) -> None:
        """Follow the isolation level; what is set for one transaction only may stay unlearnt."""
        sets = isinstance(query, str) and query[:20].lstrip().upper().startswith("SET")
        found = _LEVEL.search(str(query)) if sets else None
        if found is None:
            return
        if found[2].upper()[:10] != "REPEATABLE":
            self._latest.add(id(connection))
        elif found[1]:
            self._latest.discard(id(connection))

    def _watch_for_others(self, statement: Statement) -> None:
        """A table named with its database is the original's, not the copy's."""
        names = (access.item.name or "" for access in statement.accesses(""))
        other = next((name for name in names if "." in name), None)
        if other is not None:
            self.control.escaped(self.driver, f"names {other} with its database, not the copy's")


def is_own(connection: object) -> bool:
    """Whether a connection is one of tocsin's own."""
    attributes = getattr(connection, "_connect_attrs", None)
    return isinstance(attributes, Mapping) and attributes.get("program_name") == PROGRAM


def _elsewhere(query: object) -> str | None:
    """The database that a text changes over to (``USE shop``), if it does."""
    text = text_of(query) if isinstance(query, str | bytes | bytearray) else ""
    if not text[:5].lstrip().upper().startswith("USE"):
        return None
    words = text.split()
    name = words[1].rstrip(";") if len(words) == 2 else ""
    return name.strip("`").replace("``", "`") or None


def text_of(query: object) -> str:
    """A statement as text, whatever the driver takes for one."""
    if isinstance(query, bytes | bytearray | memoryview):
        return bytes(query).decode(errors="replace")
    return str(query)
