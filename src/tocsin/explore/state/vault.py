"""Everything a worker's app can change: where it is led instead, and how it is put back.

The vault owns the run's folder. What must be given back even if this process is killed is written
to ``resources.jsonl`` there before it is made, for `clean_up` to read.
"""

from __future__ import annotations

import getpass
import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tocsin.explore.state import files, mysql, postgresql, redis
from tocsin.explore.state.base import Database, State, StillLocked
from tocsin.explore.state.disposable import Target, why_disposable
from tocsin.explore.state.files import FilesState
from tocsin.explore.state.memory import MemoryState, Modules
from tocsin.explore.state.mysql import MySQLState
from tocsin.explore.state.postgresql import PostgreSQLState
from tocsin.explore.state.redis import RedisState
from tocsin.explore.state.sqlite import Connect, Location, SQLiteState, locate

if TYPE_CHECKING:
    from tocsin.model.access import Item
    from tocsin.model.table import Row
    from tocsin.stores.control import Session

Record = Mapping[str, object]

_Connection = sqlite3.Connection  # instruments put another class in its place

_RESOURCES = "resources.jsonl"
_LIBPQ = frozenset(
    {
        *("host", "hostaddr", "port", "user", "password", "options", "passfile"),
        *("sslmode", "sslrootcert", "sslcert", "sslkey", "channel_binding", "krbsrvname"),
    }
)
"""What the control connection takes over from the app's."""

_PYMYSQL = frozenset({"host", "port", "unix_socket", "user", "password"})
_REDIS = frozenset({"host", "port", "path", "username", "password"})
_SPEAK_SQL = SQLiteState | PostgreSQLState | MySQLState
_TOLD = _SPEAK_SQL | RedisState
"""The states that are told of sessions."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of state. ``clean_up`` gives back one record of a process that was killed."""

    name: str
    clean_up: Callable[[Record], object]


KINDS = (
    Kind("file", lambda record: files.recover(Path(str(record["journal"])))),
    Kind("postgresql", postgresql.clean_up),
    Kind("mysql", mysql.clean_up),
    Kind("redis", redis.clean_up),
)
"""The kinds that leave something behind; SQLite's copies go with the run's folder."""


@dataclass(frozen=True, slots=True)
class Permission:
    """Which databases may be written to: ``disposable`` ones by name, or with ``override`` all."""

    disposable: tuple[str, ...] = ()
    override: bool = False


class Vault:
    """The states of one worker. The placement methods of `Control` may be called by any thread.

    ``directory`` is the run's own and is made; ``modules`` gives the app's loaded modules;
    ``connect`` is ``sqlite3.connect`` before it is instrumented.
    """

    def __init__(
        self,
        directory: Path,
        modules: Modules,
        permission: Permission = Permission(),
        *,
        connect: Connect = sqlite3.connect,
    ) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory
        self._permission = permission
        self._connect = connect
        self._lock = threading.RLock()
        appending = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._resources = os.open(directory / _RESOURCES, appending, 0o600)
        self._record({"kind": "file", "journal": str(directory / "journal")})
        self.files = FilesState(directory / "journal")
        self.memory = MemoryState(modules)
        self._states: dict[tuple[str, ...], State] = {}
        self._names: dict[str, list[State]] = {}
        self._asked = threading.local()  # the location a thread is about to open
        self._snapped = False
        self._closed = False
        for state in (self.files, self.memory):
            self._add((state.store,), state)

    # ---- where databases are opened instead (see `Control`)

    def sqlite_path(self, database: str, *, uri: bool) -> tuple[str, bool]:
        """See `Control.sqlite_path`."""
        location = locate(database, uri=uri)
        self._asked.database, self._asked.location = database, location
        if location.path is None:
            return database, uri
        with self._lock:
            return self._copied(location.path).redirect(location, uri=uri)

    def postgresql_database(self, driver: str, parameters: Mapping[str, object]) -> str:
        """See `Control.postgresql_database`.

        Raises `NotDisposable`, and `PsycopgMissing`, `Refused` or `InUse` of the PostgreSQL state.
        """
        del driver
        given = {name: str(value) for name, value in parameters.items() if value is not None}
        server = {name: value for name, value in given.items() if name in _LIBPQ}
        user = given.get("user") or getpass.getuser()
        target = Target(
            "postgresql",
            given.get("dbname") or user,
            given.get("host") or "localhost",
            int((given.get("port") or "5432").partition(",")[0]),
        )
        key = (target.engine, target.host, str(target.port), target.database)
        with self._lock:
            state = self._states.get(key)
            if state is None:
                allowed, override = self._permission.disposable, self._permission.override
                why_disposable(target, allowed=allowed, override=override)
                state = self._add(key, PostgreSQLState(server, target.database, self._record))
            assert isinstance(state, PostgreSQLState)  # noqa: S101 - by its key
            return state.database

    def mysql_database(self, driver: str, parameters: Mapping[str, object]) -> str:
        """See `Control.mysql_database`.

        Raises `NotDisposable`, and `PyMySQLMissing` or `Refused` of the MySQL state.
        """
        del driver
        given = {name: str(value) for name, value in parameters.items() if value is not None}
        server = {name: value for name, value in given.items() if name in _PYMYSQL}
        host = given.get("unix_socket") or given.get("host") or "localhost"
        port = 0 if host.startswith("/") else int(given.get("port") or "0") or 3306
        target = Target("mysql", given["dbname"], host, port)
        key = (target.engine, target.host, str(target.port), target.database)
        with self._lock:
            for state in self._states.values():
                if isinstance(state, MySQLState) and state.database == target.database:
                    return target.database  # it connects again to where it was led
            known = self._states.get(key)
            if known is None:
                allowed, override = self._permission.disposable, self._permission.override
                why_disposable(target, allowed=allowed, override=override)
                known = self._add(key, MySQLState(server, target.database, self._record))
            assert isinstance(known, MySQLState)  # noqa: S101 - by its key
            return known.database

    def redis_database(self, driver: str, parameters: Mapping[str, object]) -> int:
        """See `Control.redis_database`.

        Raises `NotDisposable`, and `RedisMissing` or `NoRoom` of the Redis state.
        """
        del driver
        server = {name: value for name, value in parameters.items() if name in _REDIS}
        number = int(str(parameters.get("db") or 0))
        host = str(parameters.get("path") or parameters.get("host") or "localhost")
        port = 0 if host.startswith("/") else int(str(parameters.get("port") or 6379))
        target = Target("redis", f"redis/{number}", host, port)
        key = (target.engine, target.host, str(target.port), target.database)
        with self._lock:
            state = self._states.get(key)
            if state is None:
                allowed, override = self._permission.disposable, self._permission.override
                why_disposable(target, allowed=allowed, override=override)
                state = self._add(key, RedisState(server, number, self._record))
            assert isinstance(state, RedisState)  # noqa: S101 - by its key
            return state.database

    def opened(self, session: Session, connection: object) -> None:
        """See `Control.opened`; makes the state of a database in memory."""
        with self._lock:
            if session.store.startswith("sqlite"):
                states = self._sqlite_of(session, connection)
            else:
                states = self.under(session.store)
            for state in states:
                if isinstance(state, _TOLD):
                    state.opened(session, connection)
                    self._call(session.store, state)

    def closed(self, session: Session) -> None:
        """See `Control.closed`; a private database in memory ends with its connection."""
        with self._lock:
            for state in self._all():  # a copy: the collector may call this at any moment
                if isinstance(state, _TOLD):
                    state.closed(session)
            private = self._states.pop(("sqlite", "private", str(session.key)), None)
            if private is not None:
                self._forget(private)

    # ---- all states at once

    def states(self) -> Mapping[str, State]:
        """Every state by the name of its store."""
        with self._lock:
            return {state.store: state for state in self._states.values()}

    def databases(self) -> Mapping[str, Database]:
        """The states that speak SQL, by the name of their store."""
        states = self.states().items()
        return {name: state for name, state in states if isinstance(state, _SPEAK_SQL)}

    def under(self, store: str) -> tuple[State, ...]:
        """The states that sessions and accesses call ``store``."""
        with self._lock:
            return tuple(self._names.get(store, ()))

    def snapshot(self) -> None:
        """Remember the present world; states made later remember theirs when they are made."""
        with self._lock:
            self._snapped = True
            for state in self._all():
                state.snapshot()

    def restore(self, touched: Collection[Item]) -> None:
        """Put back what was touched; files and memory always, as they may change unseen.

        Every state is tried; then the first failure is raised, such as `StillLocked`.
        """
        failures: list[Exception] = []
        for state in self._all():
            try:
                state.restore(self._of(state, touched))
            except Exception as failure:  # noqa: BLE001 - said once all were tried
                failures.append(failure)
        failures.sort(key=lambda failure: not isinstance(failure, StillLocked))
        if failures:
            raise failures[0]

    def read(self, touched: Collection[Item]) -> Mapping[str, Mapping[str, Sequence[Row]]]:
        """The present contents by store, then by table, path or variable."""
        answers: dict[str, Mapping[str, Sequence[Row]]] = {}
        for state in self._all():
            items = self._of(state, touched)
            if items:
                answers[state.store] = state.read(items)
        return answers

    def waiting(self, sessions: Collection[Session]) -> Mapping[int, frozenset[int]]:
        """Which sessions wait for which, over all databases."""
        answers: dict[int, frozenset[int]] = {}
        for state in self._all():
            mine = [one for one in sessions if state in self.under(one.store)]
            if mine:
                answers |= state.waiting(mine)
        return answers

    def close(self) -> tuple[str, ...]:
        """Give everything back and remove the run's folder; what failed, in sentences.

        The folder stays if something failed, so that `clean_up` can be tried later.
        """
        with self._lock:
            if self._closed:
                return ()
            self._closed = True
            problems = []
            for state in reversed(self._all()):
                try:
                    state.close()
                except Exception as failure:  # noqa: BLE001 - said once all were tried
                    problems.append(f"{state.store}: {failure}")
            os.close(self._resources)
            if not problems:
                shutil.rmtree(self._directory, ignore_errors=True)
            return tuple(problems)

    # ---- inside

    def _all(self) -> list[State]:
        with self._lock:
            return list(self._states.values())

    def _add(self, key: tuple[str, ...], state: State) -> State:
        self._states[key] = state
        self._call(state.store, state)
        others = [one for one in self._names[state.store] if one is not state]
        if others:  # another server's database of this name
            state.store = f"{state.store} ({len(others) + 1})"
            self._call(state.store, state)
        if self._snapped:
            state.snapshot()
        return state

    def _call(self, store: str, state: State) -> None:
        known = self._names.setdefault(store, [])
        if state not in known:
            known.append(state)

    def _forget(self, state: State) -> None:
        state.close()
        for known in self._names.values():
            if state in known:
                known.remove(state)

    def _of(self, state: State, touched: Collection[Item]) -> list[Item]:
        return [item for item in touched if state in self.under(item.store)]

    def _copied(self, path: Path) -> SQLiteState:
        known = self._states.get(("sqlite", str(path)))
        for state in (known, *self._states.values()):
            # An app may also open the copy by the name it was given.
            if isinstance(state, SQLiteState) and (state is known or state.path == path):
                return state
        name = self._free(path.name)
        made = SQLiteState.copied(path, self._directory, self._connect, name=name)
        self._add(("sqlite", str(path)), made)
        return made

    def _free(self, name: str) -> str:
        path, number = self._directory / name, 1
        while path.exists() or f"sqlite:{path.name}" in self._names:
            number += 1
            path = self._directory / f"{Path(name).stem}.{number}{Path(name).suffix}"
        return path.name

    def _sqlite_of(self, session: Session, connection: object) -> tuple[State, ...]:
        """The state of the database that this thread has just opened."""
        location: Location | None = getattr(self._asked, "location", None)
        if location is None or not isinstance(connection, _Connection):
            return ()
        if location.path is not None:
            return (self._copied(location.path),)
        database = str(self._asked.database)
        kind = ("shared", database) if location.shared else ("private", str(session.key))
        key = ("sqlite", *kind)
        if key not in self._states:
            store, connect = session.store, self._connect
            if location.shared:
                self._add(key, SQLiteState.shared(database, store, connect))
            else:
                self._add(key, SQLiteState.private(connection, store, connect))
        return (self._states[key],)

    def _record(self, record: Record) -> None:
        os.write(self._resources, json.dumps(record).encode() + b"\n")


def clean_up(directory: Path) -> tuple[str, ...]:
    """Give back what a killed worker left, and remove its folder; what failed, in sentences.

    A folder without records, or none at all, is left as it is.
    """
    try:
        lines = (directory / _RESOURCES).read_text().splitlines()
    except FileNotFoundError:
        return ()
    kinds = {kind.name: kind for kind in KINDS}
    problems = []
    for line in reversed(lines):
        with suppress(json.JSONDecodeError):  # the last line, if it died while writing it
            record = json.loads(line)
            try:
                kinds[record["kind"]].clean_up(record)
            except Exception as failure:  # noqa: BLE001 - said once all were tried
                problems.append(f"{record['kind']}: {failure}")
    if not problems:
        shutil.rmtree(directory, ignore_errors=True)
    return tuple(problems)
