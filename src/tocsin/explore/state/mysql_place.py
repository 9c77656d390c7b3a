"""Where an app works instead of its own MySQL or MariaDB database: in a copy.

MySQL has no templates. The copy is made table by table from what ``SHOW CREATE`` says, in a
database beside the original; what runs must find again is saved in a third one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from tocsin.explore.state.mysql_line import Line, Refused, identifier

Parameters = Mapping[str, str]
"""PyMySQL's words for a server and a user."""

Record = Callable[[Mapping[str, object]], None]
"""Writes down what must be cleaned up, before it is made."""

SAVED = "_saved"
_COPY = re.compile(rf"tocsin_(\d+)_\d+(?:{SAVED})?")
_DEFINER = re.compile(r"\bDEFINER\s*=\s*(?:`(?:[^`]|``)*`|\w+)@(?:`(?:[^`]|``)*`|\w+)\s*")
_DENIED = frozenset({1044, 1227})


@dataclass(frozen=True, slots=True)
class Place:
    """The copy that the app works in."""

    server: Parameters
    original: str
    database: str

    @property
    def saved(self) -> str:
        """The database that keeps what runs must find again."""
        return self.database + SAVED

    def connect(self) -> Line:
        """A connection of tocsin's own. Raises `Refused`."""
        return Line(self.server, self.database)


def settle(server: Parameters, original: str, record: Record) -> Place:
    """Drop what killed runs left, then copy the database.

    Raises `Refused` with what is missing: the server, the database, a permission.
    """
    line = Line(server)
    try:
        _see_waits(line)
        _drop_leftovers(line)
        taken = {row[0] for row in line.ask("SHOW DATABASES")}
        numbers = range(1, 10_000)
        copy = next(name for n in numbers if (name := f"tocsin_{os.getpid()}_{n}") not in taken)
        record({"kind": "mysql", "server": dict(server), "copy": copy})
        _create(line, original, copy)
        line.ask(f"CREATE DATABASE {identifier(copy + SAVED)}")
        try:
            _copy(line, original, copy)
        except BaseException:
            _drop(line, copy)
            raise
    finally:
        line.close()
    return Place(server, original, copy)


def give_back(place: Place) -> None:
    """Drop the copy. Raises `Refused` with the reason if it cannot."""
    drop(place.server, place.database)


def clean_up(record: Mapping[str, object]) -> None:
    """Do for a killed process what it wrote down. Raises `Refused`."""
    server = record["server"]
    assert isinstance(server, Mapping)  # noqa: S101 - as written by `settle`
    drop(server, str(record["copy"]))


def drop(server: Parameters, copy: str) -> None:
    """Drop a copy and what was saved of it, if they are there, and end who is connected to it."""
    line = Line(server)
    try:
        asked = "SELECT id FROM information_schema.processlist WHERE db = %s"
        for (pid,) in line.ask(asked, copy):
            line.tries(f"KILL {pid}")
        _drop(line, copy)
    finally:
        line.close()


def _drop(line: Line, copy: str) -> None:
    for name in (copy + SAVED, copy):
        line.ask(f"DROP DATABASE IF EXISTS {identifier(name)}")


def _see_waits(line: Line) -> None:
    if not line.tries("SHOW ENGINE INNODB STATUS"):
        user = str(line.ask("SELECT CURRENT_USER()")[0][0])
        raise Refused(
            f"user {user} may not ask who waits for whom: GRANT PROCESS ON *.* TO {_quoted(user)}"
        )


def _create(line: Line, original: str, copy: str) -> None:
    found = line.ask(
        "SELECT default_character_set_name, default_collation_name"
        " FROM information_schema.schemata WHERE schema_name = %s",
        original,
    )
    if not found:
        raise Refused(f"Unknown database '{original}'")
    letters, collation = found[0]
    try:
        line.ask(f"CREATE DATABASE {identifier(copy)} CHARACTER SET {letters} COLLATE {collation}")
    except Refused as error:
        if error.code not in _DENIED:
            raise
        user = str(line.ask("SELECT CURRENT_USER()")[0][0])
        raise Refused(
            f"user {user} may not make copies to work in:"
            f" GRANT ALL ON `tocsin\\_%`.* TO {_quoted(user)}"
        ) from error


def _quoted(user: str) -> str:
    name, _, host = user.rpartition("@")
    return f"'{name}'@'{host}'"


def _copy(line: Line, original: str, copy: str) -> None:
    line.ask(f"USE {identifier(original)}")
    kinds: dict[str, list[str]] = {}
    for name, kind in line.ask("SHOW FULL TABLES"):
        kinds.setdefault(kind, []).append(name)
    tables = kinds.get("BASE TABLE", []) + kinds.get("SYSTEM VERSIONED", [])
    made = [(name, line.ask(f"SHOW CREATE TABLE {identifier(name)}")[0][1]) for name in tables]
    views = [_view(line, name) for name in kinds.get("VIEW", [])]
    counted = [_sequence(line, name) for name in kinds.get("SEQUENCE", [])]
    routines = [*_routines(line, original, "FUNCTION"), *_routines(line, original, "PROCEDURE")]
    triggers = [
        line.ask(f"SHOW CREATE TRIGGER {identifier(row[0])}")[0][2]
        for row in line.ask("SHOW TRIGGERS")
    ]
    line.ask(f"USE {identifier(copy)}")
    for definition, position in counted:
        line.ask(definition)
        line.ask(position)
    for name, definition in made:
        line.ask(definition)
        _fill(line, original, name)
    for definition in routines:
        line.ask(_DEFINER.sub("", definition, count=1))
    _in_any_order(line, views)
    for definition in triggers:
        line.ask(_DEFINER.sub("", definition, count=1))


def _fill(line: Line, original: str, name: str) -> None:
    rows = line.ask(f"SHOW COLUMNS FROM {identifier(name)}")
    columns = ", ".join(identifier(row[0]) for row in rows if "GENERATED" not in row[5].upper())
    line.ask(
        f"INSERT INTO {identifier(name)} ({columns})"
        f" SELECT {columns} FROM {identifier(original, name)}"
    )


def _view(line: Line, name: str) -> str:
    definition = str(line.ask(f"SHOW CREATE VIEW {identifier(name)}")[0][1])
    return _DEFINER.sub("", definition, count=1).replace("SQL SECURITY DEFINER ", "", 1)


def _sequence(line: Line, name: str) -> tuple[str, str]:
    definition = str(line.ask(f"SHOW CREATE SEQUENCE {identifier(name)}")[0][1])
    position = line.ask(f"SELECT next_not_cached_value FROM {identifier(name)}")[0][0]
    return definition, f"ALTER SEQUENCE {identifier(name)} RESTART {position}"


def _routines(line: Line, original: str, kind: str) -> list[str]:
    names = line.ask(
        "SELECT routine_name FROM information_schema.routines"
        " WHERE routine_schema = %s AND routine_type = %s",
        original,
        kind,
    )
    found = [line.ask(f"SHOW CREATE {kind} {identifier(name)}")[0] for (name,) in names]
    hidden = [row[0] for row in found if row[2] is None]
    if hidden:
        user = str(line.ask("SELECT CURRENT_USER()")[0][0])
        raise Refused(
            f"user {user} may not see how {kind.lower()} {hidden[0]} is defined, which copies need:"
            f" GRANT SELECT ON mysql.proc TO {_quoted(user)}"
        )
    return [str(row[2]) for row in found]


def _in_any_order(line: Line, views: list[str]) -> None:
    """Make views of views: those that wait for another are tried again after it."""
    while views:
        left: list[str] = []
        problem: Refused | None = None
        for definition in views:
            try:
                line.ask(definition)
            except Refused as error:
                left.append(definition)
                problem = error
        if problem is not None and len(left) == len(views):
            raise problem
        views = left


def _drop_leftovers(line: Line) -> None:
    """Copies of runs that were killed on this host: no such process, nobody connected."""
    used = {row[0] for row in line.ask("SELECT db FROM information_schema.processlist")}
    own_host = line.ask("SELECT @@hostname")[0][0] == os.uname().nodename
    for (name,) in line.ask("SHOW DATABASES LIKE 'tocsin\\_%'"):
        found = _COPY.fullmatch(name)
        if own_host and found and name not in used and _is_gone(int(found[1])):
            line.tries(f"DROP DATABASE {identifier(name)}")


def _is_gone(pid: int) -> bool:
    with suppress(PermissionError):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
    return False
