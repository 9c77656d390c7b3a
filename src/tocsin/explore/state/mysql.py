"""MySQL and MariaDB databases: the app works in a copy, and runs are undone table by table."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from tocsin.explore.state.base import BadQuery, StillLocked
from tocsin.explore.state.mysql_catalog import Catalog, Relation
from tocsin.explore.state.mysql_line import PyMySQLMissing, Refused, identifier
from tocsin.explore.state.mysql_place import Parameters, Record, clean_up, give_back, settle
from tocsin.explore.state.mysql_rows import (
    LOCKED,
    WorldChanged,
    changed,
    contents,
    mend,
    plain,
    refill,
    save,
)

if TYPE_CHECKING:
    from tocsin.model.access import Item
    from tocsin.model.table import Row, Table
    from tocsin.stores.control import Session

__all__ = ["MySQLState", "PyMySQLMissing", "Refused", "WorldChanged", "clean_up"]

_COUNTERS = (
    "SELECT LOWER(table_name), auto_increment FROM information_schema.tables"
    " WHERE table_schema = DATABASE() AND auto_increment IS NOT NULL"
)
_STALLED = (
    "SELECT id FROM information_schema.processlist"
    " WHERE state LIKE 'Waiting for % lock' OR state = 'User lock'"
)
"""Waits for a table's definition or for a lock with a name, which InnoDB knows nothing of."""

_TRANSACTION = re.compile(r"^---TRANSACTION ", re.MULTILINE)
_THREAD = re.compile(r"^(?:MariaDB|MySQL) thread id (\d+)", re.MULTILINE)
_WAITS = re.compile(r"^LOCK WAIT \d", re.MULTILINE)
_SMALL = 1000
"""Tables up to so many rows are filled anew rather than altered, to set their counters back."""


class MySQLState:
    """One database of MySQL or MariaDB.

    ``server`` and ``database`` are what the app would have connected to; ``record`` writes down
    what must be cleaned up should this process die. Raises `PyMySQLMissing` or `Refused`.
    """

    def __init__(self, server: Parameters, database: str, record: Record) -> None:
        self.store = f"mysql:{database}"
        self.place = settle(server, database, record)
        self._line = self.place.connect()
        self._watch = self.place.connect()
        # MySQL 8 would tell counters of yesterday.
        self._line.tries("SET SESSION information_schema_stats_expiry = 0")
        self._lock = threading.RLock()
        self._catalog: Catalog | None = None
        self._refilled: frozenset[str] = frozenset()
        self._positions: dict[str, int] = {}
        self._sessions: dict[int, int] = {}
        self._closed = False

    @property
    def database(self) -> str:
        """What the app is to connect to."""
        return self.place.database

    def opened(self, session: Session, connection: object) -> None:
        """Know a session of the app: what is still open at the end is ended."""
        del connection
        if session.pid is not None:
            self._sessions[session.key] = session.pid

    def closed(self, session: Session) -> None:
        """Forget a session of the app."""
        self._sessions.pop(session.key, None)

    def describe(self) -> str:
        version = str(self._line.ask("SELECT VERSION()")[0][0])
        product = "MariaDB" if "mariadb" in version.lower() else "MySQL"
        return f"{product} {version.partition('-')[0]}, database {self.place.original} (copy)"

    def snapshot(self) -> None:
        """Remember the rows. Raises `StillLocked` if somebody is about to change them."""
        with self._lock:
            catalog = Catalog.read(self._line)
            relations = list(catalog.relations.values())
            try:
                self._line.ask(f"DROP DATABASE IF EXISTS {identifier(self.place.saved)}")
                self._line.ask(f"CREATE DATABASE {identifier(self.place.saved)}")
                for relation in relations:
                    for statement in save(relation, self.place.saved):
                        self._line.ask(statement)
            except Refused as error:
                raise self._explained(error) from error
            self._refilled = frozenset(
                relation.table.name for relation in relations if self._counts_itself(relation)
            )
            self._positions = self._sequences(catalog)
            self._catalog = catalog

    def restore(self, touched: Collection[Item]) -> None:
        """Put back the touched tables, those related to them, and their counters.

        Raises `StillLocked` if a session that was not closed keeps rows locked, `WorldChanged` if
        a table was defined anew.
        """
        with self._lock:
            catalog = self._catalog
            if catalog is None or not touched:
                return
            relations = [catalog.relations[name] for name in catalog.reach(touched, wary=True)]
            try:
                self._put_back(catalog, relations)
            except Refused as error:
                raise self._explained(error) from error

    def read(self, touched: Collection[Item]) -> Mapping[str, Sequence[Row]]:
        with self._lock:
            catalog = self._known()
            names = catalog.reach(touched, wary=False)
            try:
                return {name: self._rows(catalog.relations[name]) for name in names}
            except Refused as error:
                raise self._explained(error) from error

    def first_row(self, sql: str) -> Row | None:
        with self._lock:
            try:
                self._line.ask("START TRANSACTION READ ONLY")
                rows = self._line.rows(f"SELECT * FROM (\n{sql}\n) t LIMIT 1")
            except Refused as error:
                raise BadQuery(str(error)) from error
            finally:
                self._line.tries("ROLLBACK")
        return {name: plain(value) for name, value in rows[0].items()} if rows else None

    def tables(self) -> Mapping[str, Table]:
        with self._lock:
            return self._known().tables

    def related(self, table: str) -> frozenset[str]:
        with self._lock:
            return self._known().related(table)

    def waiting(self, sessions: Collection[Session]) -> Mapping[int, frozenset[int]]:
        """Who waits for whom, by session key.

        The copy is the app's alone: whoever waits there waits for another of its sessions, one
        with a transaction. That InnoDB says at once; its tables of locks are a tenth of a second
        old when they are asked often. A wait for nobody here shows as one for -1.
        """
        keys = {one.pid: one.key for one in sessions if one.pid is not None}
        if not keys:
            return {}
        status = str(self._watch.ask("SHOW ENGINE INNODB STATUS")[0][2])
        active = dict(_transactions(status))
        rows = {pid for pid, waits in active.items() if waits and pid in keys}
        found = {keys[pid]: _others(pid, active, keys) for pid in rows}
        for (pid,) in self._watch.ask(_STALLED):
            if pid in keys and keys[pid] not in found:
                found[keys[pid]] = _others(pid, keys, keys)
        return found

    def close(self) -> None:
        """End the app's sessions and give back the database. Raises `Refused` if that fails."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            for pid in self._sessions.values():
                self._line.tries(f"KILL {pid}")
            self._watch.close()
            self._line.close()
        give_back(self.place)

    def _known(self) -> Catalog:
        return Catalog.read(self._line) if self._catalog is None else self._catalog

    def _rows(self, relation: Relation) -> list[Row]:
        rows = self._line.rows(contents(relation))
        return [{name: plain(value) for name, value in row.items()} for row in rows]

    def _counts_itself(self, relation: Relation) -> bool:
        """Whether a small table's counter comes back by itself when it is filled anew."""
        if relation.counter is None or relation.hooks:
            return False
        column = next(
            (name for name in relation.table.generated if name in relation.table.key), None
        )
        if column is None:
            return False
        asked = f"SELECT COUNT(*), COALESCE(MAX({identifier(column)}), 0) FROM {relation.sql}"
        count, last = self._line.ask(asked)[0]
        return int(count) <= _SMALL and int(last) + 1 == relation.counter

    def _put_back(self, catalog: Catalog, relations: Sequence[Relation]) -> None:
        hooks = self._unhooked(catalog)
        try:
            moved = self._moved(relations)
            statements: list[str] = []
            for relation in relations:
                if relation not in moved:
                    statements += mend(relation, self.place.saved)
                elif relation.table.name in self._refilled:
                    for one in refill(relation, self.place.saved, take=f"TRUNCATE {relation.sql}"):
                        self._line.ask(one)
                else:
                    statements += mend(relation, self.place.saved)
            self._line.together(statements)
            for relation in moved:
                if relation.table.name not in self._refilled:
                    self._line.ask(
                        f"ALTER TABLE {relation.sql} AUTO_INCREMENT = {relation.counter}"
                    )
            for name, position in self._sequences(catalog).items():
                if position != self._positions.get(name, position):
                    restart = f"ALTER SEQUENCE {identifier(name)} RESTART {self._positions[name]}"
                    self._line.ask(restart)
        finally:
            for definition in hooks:
                self._line.ask(definition)

    def _moved(self, relations: Sequence[Relation]) -> list[Relation]:
        """The tables whose counters are not where they were."""
        if all(relation.counter is None for relation in relations):
            return []
        counters: dict[str, int] = dict(self._line.ask(_COUNTERS))
        return [
            relation
            for relation in relations
            if relation.counter is not None
            and counters.get(relation.table.name) != relation.counter
        ]

    def _unhooked(self, catalog: Catalog) -> list[str]:
        """Drop all triggers, which cannot be turned off; gives what makes them again."""
        names = [name for relation in catalog.relations.values() for name in relation.hooks]
        definitions = [
            str(self._line.ask(f"SHOW CREATE TRIGGER {identifier(name)}")[0][2]) for name in names
        ]
        for name in names:
            self._line.ask(f"DROP TRIGGER {identifier(name)}")
        return definitions

    def _sequences(self, catalog: Catalog) -> dict[str, int]:
        asked = "SELECT next_not_cached_value FROM {}"
        return {
            name: int(self._line.ask(asked.format(identifier(name)))[0][0])
            for name in catalog.sequences
        }

    def _explained(self, error: Refused) -> Exception:
        if error.code in LOCKED:
            return StillLocked(self._who_locks())
        if changed(error):
            return WorldChanged(
                f"{self.store}: {error}: a run changed the definition of a table,"
                " and only rows can be put back"
            )
        return error

    def _who_locks(self) -> str:
        status = str(self._watch.ask("SHOW ENGINE INNODB STATUS")[0][2])
        own = {self._line.pid, self._watch.pid}
        holders = [pid for pid, _ in _transactions(status) if pid not in own]
        who = ", ".join(f"session {pid}" for pid in sorted(holders)) or "it has ended meanwhile"
        return (
            f"{self.store}: a transaction is still open after its request ended"
            f" ({who}); rows cannot be restored while it holds locks"
        )


def _transactions(status: str) -> Iterator[tuple[int, bool]]:
    """The sessions in a transaction, from InnoDB's report, and whether they wait for a lock."""
    for part in _TRANSACTION.split(status)[1:]:
        thread = _THREAD.search(part)
        if thread is not None and "not started" not in part.partition("\n")[0]:
            yield int(thread[1]), _WAITS.search(part) is not None


def _others(pid: int, candidates: Collection[int], keys: Mapping[int, int]) -> frozenset[int]:
    found = frozenset(keys[other] for other in candidates if other != pid and other in keys)
    return found or frozenset({-1})
