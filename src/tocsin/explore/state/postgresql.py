"""PostgreSQL databases: the app works in a copy, and runs are undone table by table."""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from tocsin.explore.state.base import BadQuery, StillLocked
from tocsin.explore.state.libpq import PsycopgMissing, Refused
from tocsin.explore.state.postgresql_catalog import Catalog, Relation
from tocsin.explore.state.postgresql_place import (
    InUse,
    Parameters,
    Record,
    clean_up,
    give_back,
    settle,
)
from tocsin.explore.state.postgresql_rows import (
    NOW,
    Position,
    WorldChanged,
    changed,
    contents,
    holding,
    lock,
    mender,
    positions,
    refill_all,
    save,
)

if TYPE_CHECKING:
    from tocsin.model.access import Item
    from tocsin.model.table import Row, Table
    from tocsin.stores.control import Session

__all__ = ["InUse", "PostgreSQLState", "PsycopgMissing", "Refused", "WorldChanged", "clean_up"]

_SNAPSHOT = "tocsin_snapshot"
_LOCKED = frozenset({"55P03", "40P01"})
_TIDY_EVERY = 500
"""Restores after which the dead rows they left are removed."""


class PostgreSQLState:
    """One PostgreSQL database.

    ``server`` and ``database`` are what the app would have connected to; ``record`` writes down
    what must be cleaned up should this process die. Raises `PsycopgMissing`, `Refused` or `InUse`.
    """

    def __init__(self, server: Parameters, database: str, record: Record) -> None:
        self.store = f"postgresql:{database}"
        self.place, self._line = settle(server, database, record)
        self._watch = self.place.connect()
        self._replica = self._line.try_script("SET session_replication_role = replica")
        self._lock = threading.RLock()
        self._catalog: Catalog | None = None
        self._positions: tuple[Position, ...] = ()
        self._menders: dict[str, str] = {}
        self._since: dict[str, str] = {}  # the last transaction after which a table was as saved
        self._restores = 0
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
        with self._lock:
            version = str(self._line.script("SHOW server_version")[0][0]).split()[0]
        where = "copy" if self.place.copy else "in place"
        return f"PostgreSQL {version}, database {self.place.original} ({where})"

    def snapshot(self) -> None:
        """Remember the rows. Raises `StillLocked` if somebody is about to change them."""
        with self._lock:
            catalog = Catalog.read(self._line)
            relations = holding(catalog)
            parts = [f"DROP SCHEMA IF EXISTS {_SNAPSHOT} CASCADE; CREATE SCHEMA {_SNAPSHOT};"]
            parts += [f"{lock(relations)};"] if relations else []
            self._menders = {}
            for relation in relations:
                definition, self._menders[relation.table.name] = mender(relation, _SNAPSHOT)
                parts += (save(relation, _SNAPSHOT, lasting=False), definition)
            try:
                now = self._line.script("".join((*parts, f"SELECT {NOW}")))[0][0] or ""
            except Refused as error:
                raise self._explained(error, relations) from error
            self._since = dict.fromkeys(self._menders, now)
            self._line.forget_plans()
            self._positions = positions(self._line, catalog.sequences)
            self._catalog = catalog
            if self.place.copy:  # the locks of autovacuum would be taken for a session's
                off = (f"ALTER TABLE {one.sql} SET (autovacuum_enabled = off)" for one in relations)
                self._line.try_script(";".join(off))

    def restore(self, touched: Collection[Item]) -> None:
        """Put back the touched tables, those related to them, and their sequences.

        Raises `StillLocked`, and `WorldChanged` if a table was dropped or altered.
        """
        with self._lock:
            catalog = self._catalog
            if catalog is None or not touched:
                return
            relations = [
                relation
                for name in catalog.reach(touched, wary=True)
                if (relation := catalog.relations[name]).holds
            ]
            try:
                self._put_back(catalog, relations)
            except Refused as error:
                raise self._explained(error, relations) from error
            self._tidy(catalog)

    def read(self, touched: Collection[Item]) -> Mapping[str, Sequence[Row]]:
        with self._lock:
            catalog = self._known()
            names = catalog.reach(touched, wary=False)
            if not names:
                return {}
            relations = {name: catalog.relations[name] for name in names}
            try:
                answer = self._line.ask(contents(relations))
            except Refused as error:
                raise self._explained(error, relations.values()) from error
            return {
                name: json.loads(rows or "[]") for name, rows in zip(names, answer[0], strict=True)
            }

    def first_row(self, sql: str) -> Row | None:
        # As a subquery it is one query and no more; both statements are one transaction.
        asked = f"SET TRANSACTION READ ONLY; SELECT row_to_json(t) FROM (\n{sql}\n) t LIMIT 1"
        with self._lock:
            try:
                rows = self._line.script(asked)
            except Refused as error:
                raise BadQuery(str(error)) from error
        return json.loads(rows[0][0] or "{}") if rows else None

    def tables(self) -> Mapping[str, Table]:
        with self._lock:
            return self._known().tables

    def related(self, table: str) -> frozenset[str]:
        with self._lock:
            return self._known().related(table)

    def waiting(self, sessions: Collection[Session]) -> Mapping[int, frozenset[int]]:
        """Who waits for whom, by session key; a stranger that blocks appears as minus its pid."""
        keys = {one.pid: one.key for one in sessions if one.pid is not None}
        if not keys:
            return {}
        rows = self._watch.ask(
            "SELECT pid, array_to_json(blockers)"
            " FROM (SELECT pid, pg_blocking_pids(pid) AS blockers FROM unnest($1::int[]) pid) w"
            " WHERE blockers <> '{}'",
            "{" + ",".join(map(str, keys)) + "}",
        )
        return {
            keys[int(pid or 0)]: frozenset(
                keys.get(blocker, -blocker) for blocker in json.loads(blockers or "[]")
            )
            for pid, blockers in rows
        }

    def close(self) -> None:
        """End the app's sessions and give back the database. Raises `Refused` if that fails."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            for pid in self._sessions.values():
                self._line.try_script(f"SELECT pg_terminate_backend({pid})")
            self._watch.close()
            self._line.close()
        give_back(self.place)

    def _known(self) -> Catalog:
        if self._catalog is None:
            return Catalog.read(self._line)
        return self._catalog

    def _put_back(self, catalog: Catalog, relations: Collection[Relation]) -> None:
        oids = {relation.oid for relation in relations}
        owners = {relation.oid for relation in holding(catalog)}
        steps = [
            position.sql
            for position in self._positions
            if position.sequence.owner in oids or position.sequence.owner not in owners
        ]
        if self._replica and not catalog.persistent:
            names = [relation.table.name for relation in relations]
            calls = [f"{self._menders[name]}(${n})" for n, name in enumerate(names, start=1)]
            sql = "SELECT " + ", ".join((NOW, *calls, *steps))
            now = self._line.ask(sql, *(self._since[name] for name in names))[0][0] or ""
            self._since.update(dict.fromkeys(names, now))
            return
        parts = refill_all(relations, _SNAPSHOT) + [f"SELECT {step}" for step in steps]
        self._line.script("; ".join(("BEGIN", *parts, "COMMIT")))

    def _tidy(self, catalog: Catalog) -> None:
        self._restores += 1
        if self.place.copy and self._restores % _TIDY_EVERY == 0:
            for relation in holding(catalog):
                self._line.try_script(f"VACUUM {relation.sql}")

    def _explained(self, error: Refused, relations: Collection[Relation]) -> Exception:
        if error.state in _LOCKED:
            return StillLocked(self._who_locks(relations))
        if changed(error):
            return WorldChanged(
                f"{self.store}: {error}: a run changed the definition of a table,"
                " and only rows can be put back"
            )
        return error

    def _who_locks(self, relations: Collection[Relation]) -> str:
        oids = ",".join(str(relation.oid) for relation in relations)
        rows = self._line.script(
            "SELECT DISTINCT a.pid, a.query FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
            f" WHERE l.relation IN ({oids}) AND l.granted AND l.mode <> 'AccessShareLock'"
            " AND a.pid <> pg_backend_pid() ORDER BY a.pid"
        )
        who = "; ".join(f"session {pid}, last query: {query}" for pid, query in rows)
        return (
            f"{self.store}: a transaction is still open after its request ended"
            f" ({who or 'it has ended meanwhile'}); rows cannot be restored while it holds locks"
        )
