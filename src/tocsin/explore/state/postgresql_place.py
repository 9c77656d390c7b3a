"""Where an app works instead of its own PostgreSQL database: in a copy, or in place.

A copy is made by the server (``CREATE DATABASE … TEMPLATE``). When that cannot be, because others
are connected or the user may not create databases, the rows found are saved in a schema
``tocsin_found`` beside them and put back at the end, or by the next run if this one is killed.
"""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from tocsin.explore.state.libpq import Line, Refused, identifier, literal
from tocsin.explore.state.postgresql_catalog import OWN_SCHEMAS, Catalog, Relation
from tocsin.explore.state.postgresql_rows import (
    NOW,
    holding,
    lock,
    mend,
    positions,
    refill,
    refill_all,
    save,
)

FOUND = "tocsin_found"

Parameters = Mapping[str, str]
"""libpq's words for a server and a user: ``host``, ``port``, ``user``, ``password``, …"""

Record = Callable[[Mapping[str, object]], None]
"""Writes down what must be cleaned up, before it is made."""

_COPY = re.compile(r"tocsin_(\d+)_\d+")
_TURN = 0x746F6373696E
"""The advisory lock that a run in place holds: "tocsin" in bytes."""

_LISTS = frozenset({"search_path", "temp_tablespaces", "session_preload_libraries"})
"""Settings stored as lists that are already quoted."""

_PATIENCE = 2000


class InUse(Exception):
    """Another run of tocsin works in the database itself."""


@dataclass(frozen=True, slots=True)
class Place:
    """The database that the app works in; a ``copy`` is dropped at the end."""

    server: Parameters
    original: str
    database: str
    copy: bool

    def connect(self, *, patience: int = 1000) -> Line:
        """A connection of tocsin's own. Raises `Refused`."""
        return _connect(self.server, self.database, patience=patience)


def settle(server: Parameters, original: str, record: Record) -> tuple[Place, Line]:
    """Repair what killed runs left, then make a copy, or save the database to work in place.

    The connection given back keeps other runs out of a database that is worked on in place.
    Raises `Refused` if the server cannot be reached, `InUse` if another run is at work in place.
    """
    _repair(server, original)
    copy = _make_copy(server, original, record)
    if copy is not None:
        place = Place(server, original, copy, copy=True)
        return place, place.connect()
    record({"kind": "postgresql", "server": dict(server), "original": original, "copy": None})
    place = Place(server, original, original, copy=False)
    line = place.connect()
    try:
        _claim(line, original)
        _save_found(line)
    except BaseException:
        line.close()
        raise
    return place, line


def give_back(place: Place) -> None:
    """Drop the copy, or put back what was found. Raises `Refused` with the reason if it cannot."""
    if place.copy:
        drop(place.server, place.original, place.database)
    else:
        _repair(place.server, place.original)


def clean_up(record: Mapping[str, object]) -> None:
    """Do for a killed process what it wrote down. Raises `Refused`."""
    server, original, copy = record["server"], str(record["original"]), record["copy"]
    assert isinstance(server, Mapping)  # noqa: S101 - as written by `settle`
    if copy is None:
        _repair(server, original)
    else:
        drop(server, original, str(copy))


def _connect(server: Parameters, database: str, *, patience: int = _PATIENCE) -> Line:
    return Line({**server, "dbname": database}, patience=patience)


def drop(server: Parameters, original: str, copy: str) -> None:
    """Drop a copy, if it is there, and whoever is still connected to it."""
    line = _maintenance(server, original)
    if line is None:
        raise Refused(f"no database to connect to for dropping {copy}")
    try:
        line.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", copy)
        line.script(f"DROP DATABASE IF EXISTS {identifier(copy)}")
    finally:
        line.close()


def _make_copy(server: Parameters, original: str, record: Record) -> str | None:
    line = _maintenance(server, original)
    if line is None:
        return None
    try:
        _drop_leftovers(line)
        if _others(line, original):
            return None
        taken = {row[0] for row in line.ask("SELECT datname FROM pg_database")}
        numbers = iter(range(1, 10_000))
        copy = next(name for n in numbers if (name := f"tocsin_{os.getpid()}_{n}") not in taken)
        record({"kind": "postgresql", "server": dict(server), "original": original, "copy": copy})
        if not line.try_script(
            f"CREATE DATABASE {identifier(copy)} TEMPLATE {identifier(original)}"
        ):
            return None
        mark = json.dumps({"host": platform.node(), "original": original})
        line.script(f"COMMENT ON DATABASE {identifier(copy)} IS {literal(mark)}")
        _configure(line, original, copy)
        return copy
    finally:
        line.close()


def _others(line: Line, original: str) -> bool:
    """Whether others stay connected: sessions that are on their way out get a moment for it."""
    for _ in range(5):
        rows = line.ask(
            "SELECT FROM pg_stat_activity WHERE datname = $1"
            " AND application_name IS DISTINCT FROM 'tocsin'"
            " AND backend_type IS DISTINCT FROM 'autovacuum worker'",
            original,
        )
        if not rows:
            return False
        line.script("SELECT pg_sleep(0.1)")
    return True


def _configure(line: Line, original: str, copy: str) -> None:
    """Hand on the original's settings, which a template does not, and make runs fast."""
    settings = line.ask(
        "SELECT CASE WHEN r.rolname IS NULL THEN '' ELSE quote_ident(r.rolname) END, setting"
        " FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase"
        " LEFT JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) AS setting"
        " WHERE d.datname = $1",
        original,
    )
    database = identifier(copy)
    for role, setting in settings:
        name, _, value = (setting or "").partition("=")
        value = value if name in _LISTS else literal(value)
        whom = f"ROLE {role} IN DATABASE {database}" if role else f"DATABASE {database}"
        line.try_script(f"ALTER {whom} SET {name} = {value or literal('')}")
    line.try_script(f"ALTER DATABASE {database} SET synchronous_commit = off")
    # Looked for at once, a deadlock has one victim: who closes the circle.
    line.try_script(f"ALTER DATABASE {database} SET deadlock_timeout = '1ms'")


def _drop_leftovers(line: Line) -> None:
    """Copies of runs that were killed on this host: no such process, nobody connected."""
    rows = line.ask(
        "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database d"
        " WHERE datname LIKE 'tocsin\\_%' AND NOT EXISTS"
        " (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname)"
    )
    for name, mark in rows:
        found = _COPY.fullmatch(name or "")
        if found and _is_ours(mark) and _is_gone(int(found[1])):
            line.try_script(f"DROP DATABASE {identifier(name or '')}")


def _is_ours(mark: str | None) -> bool:
    if mark is None:  # killed before it could be marked
        return True
    with suppress(ValueError, AttributeError):
        return bool(json.loads(mark).get("host") == platform.node())
    return False


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _maintenance(server: Parameters, original: str) -> Line | None:
    for database in ("postgres", "template1"):
        if database != original:
            with suppress(Refused):
                return _connect(server, database)
    return None


def _claim(line: Line, original: str) -> None:
    try:
        line.script(f"SELECT pg_advisory_lock({_TURN})")
    except Refused as error:
        raise InUse(
            f"another run of tocsin works in database {original} itself: wait until it has ended"
        ) from error


def _save_found(line: Line) -> None:
    catalog = Catalog.read(line)
    relations = holding(catalog)
    parts = [
        f"CREATE SCHEMA {FOUND}",
        f"CREATE TABLE {FOUND}.tables (oid int8, schema text, name text, columns text, since text)",
        f"CREATE TABLE {FOUND}.sequences (schema text, name text, expression text)",
    ]
    if relations:
        parts.append(lock(relations))
    for one in relations:
        parts.append(save(one, FOUND, lasting=True).rstrip(";"))
        shape = literal(json.dumps(one.plain))
        names = f"{literal(one.schema)}, {literal(one.bare)}"
        parts.append(f"INSERT INTO {FOUND}.tables VALUES ({one.oid}, {names}, {shape}, {NOW})")
    for position in positions(line, catalog.sequences):
        names = f"{literal(position.sequence.schema)}, {literal(position.sequence.name)}"
        parts.append(f"INSERT INTO {FOUND}.sequences VALUES ({names}, {literal(position.sql)})")
    line.script("; ".join(("BEGIN", *parts, "COMMIT")))


def _repair(server: Parameters, original: str) -> None:
    """Put back what a run in place found, if one is over and did not; else do nothing."""
    line = _connect(server, original)
    try:
        if line.script(f"SELECT to_regclass('{FOUND}.sequences') IS NOT NULL")[0][0] == "f":
            return
        _claim(line, original)
        if line.script(f"SELECT to_regclass('{FOUND}.sequences') IS NOT NULL")[0][0] == "t":
            _put_back(line, original)
    finally:
        line.close()


def _put_back(line: Line, original: str) -> None:
    catalog = Catalog.read(line)
    now = {(one.schema, one.bare): one for one in holding(catalog)}
    tables: list[tuple[Relation, str | None]] = []
    for oid, schema, name, shape, since in line.script(f"SELECT * FROM {FOUND}.tables"):
        present = now.pop((str(schema), str(name)), None)
        if present is None:
            raise Refused(
                f"table {schema}.{name} of database {original} was dropped during the run;"
                f" its rows are in {FOUND}.rows_{oid}"
            )
        kept = tuple(json.loads(shape or "[]"))
        table = replace(
            present, oid=int(oid or 0), plain=tuple(one for one in present.plain if one in kept)
        )
        tables.append((table, _mended(table, str(since)) if kept == present.plain else None))
    parts = [f"DROP TABLE {added.sql} CASCADE" for added in now.values()]
    if not catalog.persistent and line.try_script("SET session_replication_role = replica"):
        for table, mended in tables:
            parts += [mended] if mended else refill(table, FOUND)
    else:
        parts += refill_all([table for table, _ in tables], FOUND)
    known = {(one.schema, one.name) for one in catalog.sequences}
    for schema, name, expression in line.script(f"SELECT * FROM {FOUND}.sequences"):
        if (schema, name) in known:
            parts.append(f"SELECT {expression}")
    parts += [f"DROP SCHEMA IF EXISTS {schema} CASCADE" for schema in OWN_SCHEMAS]
    line.script("; ".join(("BEGIN", *parts, "COMMIT")))


def _mended(table: Relation, since: str) -> str:
    body = mend(table, FOUND, f"{literal(since)}::xid")
    return f"DO {literal(f'BEGIN {body}; END')}"
