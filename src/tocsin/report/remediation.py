"""What to write instead: a sentence and code, by anomaly and by what the app stores with.

The code is the library's own way first, and then the guard of ``tocsin.guard`` that does it.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from importlib.resources import files

from tocsin.model.anomaly import Name
from tocsin.model.finding import Remediation


class Orm(StrEnum):
    """What the code is written with."""

    SQLALCHEMY_ASYNC = "sqlalchemy-async"
    SQLALCHEMY = "sqlalchemy"
    DJANGO = "django"
    SQL = "sql"
    MEMORY = "memory"
    FILE = "file"


class Shape(StrEnum):
    """The protection that closes the window."""

    CONDITIONAL = "conditional"
    ATOMIC = "atomic"
    UNIQUE = "unique"
    LOCK = "lock"
    VERSION = "version"
    AUTHORIZE = "authorize"
    RETRY = "retry"


_SHAPES: dict[Name, Shape] = {
    Name.LOST_UPDATE: Shape.VERSION,
    Name.LIMIT_OVERRUN: Shape.ATOMIC,
    Name.DOUBLE_SUBMIT: Shape.CONDITIONAL,
    Name.DUPLICATE_CREATE: Shape.UNIQUE,
    Name.STALE_AUTHORIZATION: Shape.AUTHORIZE,
    Name.STALE_CHECK: Shape.LOCK,
    Name.WRITE_SKEW: Shape.LOCK,
    Name.READ_SKEW: Shape.LOCK,
    Name.CRASH: Shape.LOCK,
    Name.DEADLOCK: Shape.RETRY,
    Name.INVARIANT: Shape.LOCK,
}

_SUMMARIES: dict[Shape, str] = {
    Shape.CONDITIONAL: (
        "Put the check into the WHERE of the write and look at the row count: the database then "
        "decides and changes in one step, and the second request changes no row."
    ),
    Shape.ATOMIC: (
        "Let the database calculate and check the limit in one statement (n = n - 1 WHERE n >= 1), "
        "and look at the row count: a value that was read before may be out of date."
    ),
    Shape.UNIQUE: (
        "Let a unique constraint decide and answer 409 to the request that comes second: a look "
        "beforehand cannot see what another transaction is about to insert."
    ),
    Shape.LOCK: (
        "Lock the rows of the check until the write is committed, by reading them FOR UPDATE in "
        "the same transaction before anything is decided."
    ),
    Shape.VERSION: (
        "Keep a version column and write only if it is still the one that was read: the request "
        "that comes second is refused instead of overwriting."
    ),
    Shape.AUTHORIZE: (
        "Ask for the right in the statement that uses it, with the row of the right locked (FOR "
        "SHARE): a revocation then comes wholly before or wholly after the effect."
    ),
    Shape.RETRY: (
        "Take locks in one fixed order (by primary key) in every request, and run the transaction "
        "again when the database had to break it."
    ),
}

_ELSEWHERE: dict[Orm, str] = {
    Orm.MEMORY: (
        "Leave no await and no call between check and change: use one operation that does both "
        "(dict.pop(key, None), setdefault), or hold a lock around the two. State in memory is "
        "also not shared between worker processes: a database row is what closes that window."
    ),
    Orm.FILE: (
        "Let the operating system check and act in one call: open with mode 'x' to create, "
        "os.replace to publish, and handle the exception instead of asking beforehand."
    ),
}

_REFERENCES: dict[Orm, str] = {
    Orm.SQLALCHEMY_ASYNC: "https://docs.sqlalchemy.org/en/20/orm/queryguide/dml.html",
    Orm.SQLALCHEMY: "https://docs.sqlalchemy.org/en/20/orm/queryguide/dml.html",
    Orm.DJANGO: "https://docs.djangoproject.com/en/5.2/ref/models/querysets/#select-for-update",
    Orm.SQL: "https://www.postgresql.org/docs/current/explicit-locking.html",
    Orm.MEMORY: "https://docs.python.org/3/library/asyncio-sync.html",
    Orm.FILE: "https://docs.python.org/3/library/functions.html#open",
}


def remediation(name: Name, orm: Orm, shape: Shape | None = None) -> Remediation:
    """What closes the window of this anomaly. ``shape`` overrides the usual protection."""
    shape = shape or _SHAPES[name]
    summary = _ELSEWHERE.get(orm) or _SUMMARIES[shape]
    return Remediation(summary, _code(orm, shape, name), _REFERENCES[orm])


def orm_of(framework: str, store: str, modules: Collection[str]) -> Orm:
    """The likely way the app reaches ``store`` (``sqlite:…``, ``memory``, ``file``).

    ``modules`` are the names of those the app has imported.
    """
    kind = store.partition(":")[0]
    if kind in {Orm.MEMORY, Orm.FILE}:
        return Orm(kind)
    if framework == "django":
        return Orm.DJANGO
    if "sqlalchemy.ext.asyncio" in modules:
        return Orm.SQLALCHEMY_ASYNC
    return Orm.SQLALCHEMY if "sqlalchemy" in modules else Orm.SQL


def _code(orm: Orm, shape: Shape, name: Name) -> str:
    """The plain way, and the guard that does it, where there is one.

    One file each, so that it is read, and checked, as code.
    """
    folder = files("tocsin.report") / "remedies" / orm.value
    stem = shape.value
    if orm in _ELSEWHERE:
        stem = "create" if name is Name.DUPLICATE_CREATE else "change"
    plain = (folder / f"{stem}.py.txt").read_text(encoding="utf-8")
    stems = (stem, shape.value)
    guards = (folder / "guard" / f"{each}.py.txt" for each in dict.fromkeys(stems))
    guard = next((each for each in guards if each.is_file()), None)
    if guard is None:
        return plain
    return f"{plain}\n# Or with tocsin.guard:\n{guard.read_text(encoding='utf-8')}"
