"""SQLite databases: files are copied and the app is led to the copy, memory is kept in memory.

The user's file is only ever read. Restoring goes through SQLite's own backup API, page by page
into the live database, so that connections the app keeps open see the restored contents.
"""

from __future__ import annotations

import os
import shutil
import threading
import weakref
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlencode

from tocsin.explore.state.base import BadQuery, StillLocked
from tocsin.explore.state.sqlite_catalog import Catalog, Querying, quoted

if TYPE_CHECKING:
    import sqlite3

    from tocsin.model.access import Item
    from tocsin.model.table import Row, Table
    from tocsin.stores.control import Session

Connect = Callable[..., "sqlite3.Connection"]
"""``sqlite3.connect`` as it was before it was instrumented."""

_BUSY = frozenset({5, 6})
"""SQLITE_BUSY and SQLITE_LOCKED, as the backup API reports them."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where a database string leads. ``path`` is ``None`` for a database without a file.

    ``shared`` is true for memory that several connections see; ``query`` are a URI's options.
    """

    path: Path | None
    shared: bool = False
    query: tuple[tuple[str, str], ...] = ()


def locate(database: str, *, uri: bool) -> Location:
    """Read what an app passes to ``sqlite3.connect``."""
    query: tuple[tuple[str, str], ...] = ()
    name = database
    if uri and database.startswith("file:"):
        name, _, options = database.partition("#")[0].removeprefix("file:").partition("?")
        query = tuple(parse_qsl(options, keep_blank_values=True))
        name = unquote(name)
        if name.startswith("//"):
            name = "/" + name[2:].partition("/")[2]
    asked = dict(query)
    if name in {"", ":memory:"} or asked.get("mode") == "memory":
        return Location(None, shared=asked.get("cache") == "shared", query=query)
    return Location(Path(os.path.realpath(name)), query=query)


class SQLiteState:
    """One SQLite database. Made by `copied`, `shared` or `private`, and used from any thread."""

    def __init__(  # one noun, three makers: what differs between them is named here
        self,
        store: str,
        connect: Connect,
        live: sqlite3.Connection,
        *,
        path: Path | None = None,
        own: bool = True,
    ) -> None:
        self.store = store
        self.path = path
        self._connect = connect
        self._own = own
        self._held: Callable[[], sqlite3.Connection | None] = (
            (lambda: live) if own else _weakly(live)
        )
        self._lock = threading.RLock()
        self._pristine: sqlite3.Connection | None = None
        self._catalog: Catalog | None = None
        self._same_as_snapshot: Catalog | None = None
        self._sessions: dict[int, tuple[str, Callable[[], object]]] = {}

    @classmethod
    def copied(
        cls, original: Path, directory: Path, connect: Connect, *, name: str | None = None
    ) -> SQLiteState:
        """Copy a file (committed contents, WAL included) into ``directory`` and work there.

        ``original`` need not exist: then the copy starts empty, as the file would have. Raises
        ``sqlite3.DatabaseError`` if it is no database.
        """
        path = directory / (name or original.name)
        _copy_file(original, path, connect)
        return cls(f"sqlite:{path.name}", connect, _control(connect, str(path)), path=path)

    @classmethod
    def shared(cls, database: str, store: str, connect: Connect) -> SQLiteState:
        """A memory database with a name; a connection of tocsin's own keeps it alive."""
        return cls(store, connect, _control(connect, database, uri=True))

    @classmethod
    def private(cls, connection: sqlite3.Connection, store: str, connect: Connect) -> SQLiteState:
        """The memory database of one app connection, reachable through that connection alone.

        The connection must be usable from other threads (``check_same_thread=False``).
        """
        return cls(store, connect, connection, own=False)

    @property
    def _live(self) -> sqlite3.Connection:
        live = self._held()
        if live is None:
            raise ReferenceError(f"{self.store}: its connection is gone")
        return live

    def redirect(self, location: Location, *, uri: bool) -> tuple[str, bool]:
        """What to pass to ``sqlite3.connect`` instead of the user's file."""
        if not uri:
            return str(self.path), False
        kept = [pair for pair in location.query if pair[0] not in {"immutable", "nolock"}]
        return f"file:{quote(str(self.path))}" + (f"?{urlencode(kept)}" if kept else ""), True

    def opened(self, session: Session, connection: object) -> None:
        """Know a connection of the app, weakly, to name it when it keeps a lock."""
        with suppress(TypeError):  # sqlite3's plain class takes no weak reference
            named = f"{session.driver} session {session.key}"
            self._sessions[session.key] = (named, weakref.ref(connection))

    def closed(self, session: Session) -> None:
        """Forget a connection of the app."""
        self._sessions.pop(session.key, None)

    def describe(self) -> str:
        with self._lock, self._reader() as reader:
            version = _answer(reader, "SELECT sqlite_version()")[0][0]
        where = "in memory" if self.path is None else f"database {self.path.name} (copy)"
        return f"SQLite {version}, {where}"

    def snapshot(self) -> None:
        with self._lock:
            pristine = self._connect(":memory:", check_same_thread=False)
            self._copy(self._live, pristine)
            if self._pristine is not None:
                self._pristine.close()
            self._pristine = pristine
            with self._reader() as reader:
                self._same_as_snapshot = self._read_catalog(reader)

    def restore(self, touched: Collection[Item]) -> None:
        """Put the whole database back; does nothing when nothing was touched.

        Raises `StillLocked` if a connection of the app is still in a transaction.
        """
        with self._lock:
            if self._pristine is None or not touched or self._held() is None:
                return
            self._reopen_if_replaced()
            known = self._same_as_snapshot
            self._copy(self._pristine, self._live)
            if self.path is not None:
                self._settle_wal()
            self._keep(known)

    def read(self, touched: Collection[Item]) -> Mapping[str, Sequence[Row]]:
        with self._lock, self._reader() as reader:
            catalog = self._read_catalog(reader)
            return {name: _rows(reader, catalog.tables[name]) for name in catalog.reach(touched)}

    def first_row(self, sql: str) -> Row | None:
        with self._lock, self._reader() as reader:
            reader.execute("PRAGMA query_only = ON")
            try:
                with closing(reader.execute(sql)) as cursor:
                    row = cursor.fetchone()
                    names = [column[0] for column in cursor.description or ()]
            except (reader.Error, reader.Warning) as error:
                raise BadQuery(str(error)) from error
            finally:
                reader.execute("PRAGMA query_only = OFF")
        return None if row is None else dict(zip(names, map(_plain, row), strict=True))

    def tables(self) -> Mapping[str, Table]:
        with self._lock, self._reader() as reader:
            return self._read_catalog(reader).tables

    def related(self, table: str) -> frozenset[str]:
        with self._lock, self._reader() as reader:
            return self._read_catalog(reader).related(table)

    def waiting(self, sessions: Collection[Session]) -> Mapping[int, frozenset[int]]:
        """Always empty: SQLite cannot be asked who waits, it says *busy* instead."""
        del sessions
        return {}

    def close(self) -> None:
        with self._lock:
            if self._pristine is not None:
                self._pristine.close()
                self._pristine = None
            if self._own:
                self._live.close()
            if self.path is not None:
                for suffix in ("", "-wal", "-shm", "-journal"):
                    Path(f"{self.path}{suffix}").unlink(missing_ok=True)

    @contextmanager
    def _reader(self) -> Iterator[sqlite3.Connection]:
        """A connection to read from: never the app's own, whose cursors are instrumented."""
        if self._own:
            yield self._live
            return
        with closing(self._connect(":memory:", check_same_thread=False)) as scratch:
            self._copy(self._live, scratch)
            yield scratch

    def _read_catalog(self, reader: sqlite3.Connection) -> Catalog:
        version = int(_answer(reader, "PRAGMA schema_version")[0][0])
        if self._catalog is None or self._catalog.version != version:
            self._catalog = Catalog.read(_querying(reader), version)
        return self._catalog

    def _keep(self, known: Catalog | None) -> None:
        """The schema is the snapshot's again, under another version number."""
        if known is not None and self._own:
            version = int(_answer(self._live, "PRAGMA schema_version")[0][0])
            self._catalog = replace(known, version=version)

    def _copy(self, source: sqlite3.Connection, target: sqlite3.Connection) -> None:
        # Left alone, a backup waits for a lock without end: its progress report gets us out.
        def stop(status: int, _remaining: int, _total: int) -> None:
            if status in _BUSY:
                raise StillLocked(self._who_locks())

        plain = target if source is self._live else source  # never the app's instrumented class
        try:
            type(plain).backup(source, target, progress=stop)
        except plain.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF in _BUSY
            if busy or (target is self._live and target.in_transaction):
                raise StillLocked(self._who_locks()) from error
            raise

    def _settle_wal(self) -> None:
        # Empties the log, and finds a reader that would go on seeing the world before.
        if _answer(self._live, "PRAGMA journal_mode")[0][0] != "wal":
            return
        if _answer(self._live, "PRAGMA wal_checkpoint(TRUNCATE)")[0][0]:
            raise StillLocked(self._who_locks())

    def _reopen_if_replaced(self) -> None:
        if self.path is None:
            return
        if not self.path.exists():  # the app removed its database and would make it anew
            self._live.close()
            live = _control(self._connect, str(self.path))
            self._held = lambda: live

    def _who_locks(self) -> str:
        holders = [
            name
            for name, connection in list(self._sessions.values())
            if getattr(connection(), "in_transaction", False)
        ]
        who = ", ".join(holders) or "a connection of the app"
        return (
            f"{self.store}: {who} is still in a transaction after its request ended; "
            "the database cannot be restored while it holds its locks"
        )


def _weakly(connection: sqlite3.Connection) -> Callable[[], sqlite3.Connection | None]:
    """An app forgets connections without closing them: that must close them still."""
    try:
        return weakref.ref(connection)
    except TypeError:  # sqlite3's plain class takes no weak reference
        return lambda: connection


def _control(connect: Connect, database: str, *, uri: bool = False) -> sqlite3.Connection:
    """A connection of tocsin's own: no waiting, no durability, usable from every thread."""
    connection = connect(
        database, uri=uri, timeout=0, isolation_level=None, check_same_thread=False
    )
    connection.text_factory = lambda raw: raw.decode(errors="backslashreplace")
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def _copy_file(original: Path, copy: Path, connect: Connect) -> None:
    if not original.exists():
        return
    if _lies_alone(original):
        # Nobody has it open: opening it, even to read, would leave or replay files beside it.
        for suffix in ("", "-wal", "-journal"):
            with suppress(FileNotFoundError):
                shutil.copyfile(f"{original}{suffix}", f"{copy}{suffix}")
        copy.chmod(0o600)
        return
    source = connect(f"file:{quote(str(original))}?mode=ro", uri=True)
    target = connect(str(copy))
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()


def _lies_alone(original: Path) -> bool:
    """Whether the file is in WAL mode, or was left by a crash, with no process at work on it."""
    with original.open("rb") as file:
        header = file.read(20)
    in_wal_mode = header[18:20] == b"\x02\x02"
    if in_wal_mode:
        return not Path(f"{original}-shm").exists()
    return Path(f"{original}-journal").exists()


def _rows(reader: sqlite3.Connection, table: Table) -> list[Row]:
    order = ", ".join(map(quoted, table.key)) or "rowid"
    cursor = reader.execute(f"SELECT * FROM {quoted(table.name)} ORDER BY {order}")
    names = [column[0] for column in cursor.description]
    return [{name: _plain(value) for name, value in zip(names, row, strict=True)} for row in cursor]


def _plain(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value


def _answer(connection: sqlite3.Connection, sql: str) -> list[tuple[str | int, ...]]:
    return connection.execute(sql).fetchall()


def _querying(connection: sqlite3.Connection) -> Querying:
    return lambda sql: connection.execute(sql).fetchall()
