"""Redis databases: the app works in a free one of the same server, filled with its keys.

A server has databases by number. An empty one is claimed by a connection with a certain name, so
that two processes never take the same, and nothing is left of the claim when one is killed.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tocsin.explore.state.base import StillLocked
from tocsin.stores.redis import OWN

if TYPE_CHECKING:
    from tocsin.model.access import Item
    from tocsin.model.table import Row, Table
    from tocsin.stores.control import Session

Parameters = Mapping[str, object]
"""redis-py's words for a server: host, port, path, username, password."""

Record = Callable[[Mapping[str, object]], None]
"""Writes down what must be cleaned up, before it is made."""

_BATCH = 500


class RedisMissing(ImportError):
    """The control connection needs redis-py, which is an extra."""


class NoRoom(Exception):
    """No database of the server is empty, or it cannot be used; the message says which."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A key as it was: its serialized value, and how many milliseconds it had to live (0: ever)."""

    value: bytes
    lives: int


class RedisState:
    """One database of a Redis server.

    ``server`` and ``number`` are what the app would have connected to; ``record`` writes down what
    must be cleaned up should this process die. Raises `RedisMissing` or `NoRoom`.
    """

    def __init__(self, server: Parameters, number: int, record: Record) -> None:
        self.store = f"redis:{number}"
        self._number = number
        self._lock = threading.RLock()
        self._kept: dict[bytes, _Kept] = {}
        self._snapped = False
        self._sessions: dict[int, int] = {}
        self._closed = False
        try:
            self._claim = _client(server, 0)
            self.database = _claimed(self._claim, number)
            record({"kind": "redis", "server": dict(server), "database": self.database})
            self._line = _client(server, self.database)
            with _client(server, number) as original:
                self._fill(_all_of(original))
        except _error() as error:
            raise NoRoom(f"Redis: {error}") from error

    def opened(self, session: Session, connection: object) -> None:
        """Know a session of the app: what is still open at the end is ended."""
        del connection
        if session.pid is not None:
            self._sessions[session.key] = session.pid

    def closed(self, session: Session) -> None:
        """Forget a session of the app."""
        self._sessions.pop(session.key, None)

    def describe(self) -> str:
        version = self._line.info("server")["redis_version"]
        return f"Redis {version}, database {self._number} (copy in {self.database})"

    def snapshot(self) -> None:
        with self._lock:
            self._kept = _all_of(self._line)
            self._snapped = True

    def restore(self, touched: Collection[Item]) -> None:
        """Put back the touched keys. Raises `StillLocked` if that cannot be done."""
        with self._lock:
            if not self._snapped or not touched:
                return
            try:
                keys = _named(touched)
                if keys is None:
                    self._line.flushdb()
                    self._fill(self._kept)
                    return
                self._line.delete(*keys)
                self._fill({key: self._kept[key] for key in keys if key in self._kept})
            except _error() as error:
                raise StillLocked(f"{self.store}: {error}") from error

    def read(self, touched: Collection[Item]) -> Mapping[str, Sequence[Row]]:
        with self._lock:
            keys = _named(touched)
            if keys is None:
                keys = {*self._kept, *self._line.scan_iter(count=_BATCH)}
            return {_shown(key): self._rows(key) for key in sorted(keys)}

    def tables(self) -> Mapping[str, Table]:
        """None: keys have no columns."""
        return {}

    def related(self, table: str) -> frozenset[str]:
        """Nothing: no key changes with another."""
        del table
        return frozenset()

    def waiting(self, sessions: Collection[Session]) -> Mapping[int, frozenset[int]]:
        """Who waits in a blocking command, by session key: for any of the others, or for -1."""
        keys = {str(one.pid): one.key for one in sessions if one.pid is not None}
        blocked = {
            keys[client["id"]]
            for client in self._line.client_list()
            if client["id"] in keys and "b" in client["flags"]
        }
        others = frozenset(keys.values())
        return {key: others - {key} or frozenset({-1}) for key in blocked}

    def close(self) -> None:
        """End the app's sessions and empty the database that was lent."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            for pid in self._sessions.values():
                self._line.client_kill_filter(_id=str(pid))
            self._line.flushdb()
            self._line.close()
            self._claim.close()

    def _fill(self, kept: Mapping[bytes, _Kept]) -> None:
        with self._line.pipeline(transaction=False) as pipeline:
            for key, one in kept.items():
                pipeline.restore(key, one.lives, one.value, replace=True)
            pipeline.execute()

    def _rows(self, key: bytes) -> list[Row]:
        kind = self._line.type(key).decode()
        if kind == "none":
            return []
        reader = _READERS.get(kind, _dumped)
        expires = self._line.pttl(key) >= 0
        return [{"type": kind, "value": reader(self._line, key), "expires": expires}]


def _named(touched: Collection[Item]) -> set[bytes] | None:
    """The keys; ``None`` if any may be meant, as by a name that is no text."""
    names = [item.name for item in touched]
    if any(name is None or "\\x" in name for name in names):
        return None
    return {str(name).encode() for name in names}


def clean_up(record: Mapping[str, object]) -> None:
    """Do for a killed process what it wrote down."""
    server = record["server"]
    assert isinstance(server, Mapping)  # noqa: S101 - as written by `RedisState`
    with _client(server, int(str(record["database"]))) as line:
        line.flushdb()


def _claimed(line: Any, number: int) -> int:
    """The number of an empty database that is ours alone as long as this connection lasts."""
    own = str(line.client_id())
    count = int(line.config_get("databases").get("databases", 16))
    for candidate in range(count - 1, -1, -1):
        if candidate == number or _filled(line, candidate):
            continue
        line.client_setname(f"{OWN}-{candidate}")
        rivals = [
            client["id"]
            for client in line.client_list()
            if client["name"] == f"{OWN}-{candidate}" and client["id"] != own
        ]
        # Of two that claim one at once, the older connection has it.
        if all(int(rival) > int(own) for rival in rivals) and not _filled(line, candidate):
            return candidate
    raise NoRoom(f"none of the {count} databases of this Redis server is empty and free to work in")


def _filled(line: Any, number: int) -> bool:
    return f"db{number}" in line.info("keyspace")


def _all_of(line: Any) -> dict[bytes, _Kept]:
    keys = sorted(line.scan_iter(count=_BATCH))
    with line.pipeline(transaction=False) as pipeline:
        for key in keys:
            pipeline.dump(key)
            pipeline.pttl(key)
        answers = pipeline.execute()
    pairs = zip(keys, answers[::2], answers[1::2], strict=True)
    return {
        key: _Kept(value, max(int(lives), 0)) for key, value, lives in pairs if value is not None
    }


def _client(server: Parameters, number: int) -> Any:
    redis = _redis()
    options = dict(server)
    path = options.pop("path", None)
    if path is not None:
        pool = redis.ConnectionPool(
            connection_class=redis.UnixDomainSocketConnection,
            path=path,
            db=number,
            client_name=OWN,
            max_connections=1,
            **{name: value for name, value in options.items() if name not in {"host", "port"}},
        )
        return redis.Redis.from_pool(pool)
    return redis.Redis(**options, db=number, client_name=OWN, single_connection_client=True)


def _error() -> Any:
    return _redis().RedisError


def _redis() -> Any:
    try:
        return importlib.import_module("redis")
    except ImportError as error:
        raise RedisMissing(
            "Redis needs a control connection: pip install 'tocsin[redis]'"
        ) from error


def _shown(value: object) -> str:
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else str(value)


def _of_hash(line: Any, key: bytes) -> object:
    return {_shown(name): _shown(value) for name, value in sorted(line.hgetall(key).items())}


def _of_stream(line: Any, key: bytes) -> object:
    """Without the entries' numbers, which are the time."""
    return [
        {_shown(name): _shown(value) for name, value in fields.items()}
        for _, fields in line.xrange(key)
    ]


def _members(values: Collection[object]) -> Iterator[str]:
    yield from sorted(map(_shown, values))


_READERS: Mapping[str, Callable[[Any, bytes], object]] = {
    "string": lambda line, key: _shown(line.get(key)),
    "hash": _of_hash,
    "list": lambda line, key: [_shown(value) for value in line.lrange(key, 0, -1)],
    "set": lambda line, key: list(_members(line.smembers(key))),
    "zset": lambda line, key: {
        _shown(name): score for name, score in line.zrange(key, 0, -1, withscores=True)
    },
    "stream": _of_stream,
}


def _dumped(line: Any, key: bytes) -> object:
    return line.dump(key).hex()
