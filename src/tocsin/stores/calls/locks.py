"""Locks that several processes share and that are known by a name: advisory locks, lock files.

Sources: www.postgresql.org/docs/18, "Advisory Locks" and "LOCK"; dev.mysql.com/doc/refman/8.4,
"Locking Functions"; sqlite.org/lang_transaction.html; the readmes of django-pglocks, django-pglock
sherlock, portalocker and filelock; docs.python.org/3/library/fcntl.html.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from tocsin.stores.calls.base import Act, Call, Library, rows

_NAMED = "named lock"


class Taking(StrEnum):
    """What a statement does to a lock that is no row's."""

    TRANSACTION = "transaction"  # held until the transaction ends
    TRY_TRANSACTION = "try transaction"  # the same, if nobody else holds it: the answer says so
    SESSION = "session"  # held until it is given back, whatever is committed
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class LockText:
    """A word of SQL, as a regular expression, and what a statement with it does."""

    pattern: re.Pattern[str]
    taking: Taking


def _text(pattern: str, taking: Taking) -> LockText:
    return LockText(re.compile(pattern, re.IGNORECASE), taking)


# Shared locks let each other in, and are none here.
STATEMENTS: tuple[LockText, ...] = (
    _text(r"pg_advisory_unlock(?:_all)?\b|\brelease_(?:all_)?locks?\(", Taking.RELEASE),
    _text(r"pg_try_advisory_xact_lock\b", Taking.TRY_TRANSACTION),
    _text(r"pg_advisory_xact_lock\b", Taking.TRANSACTION),
    _text(r"pg_(?:try_)?advisory_lock\b|\bget_lock\(", Taking.SESSION),
    _text(
        r"\block\s+table\s+[\w.\"]+(?:\s+in\s+(?:access\s+|share\s+row\s+)?exclusive\b|[\s;'\"]*\)*$)",
        Taking.TRANSACTION,
    ),
    _text(r"\bbegin\s+(?:immediate|exclusive)\b", Taking.TRANSACTION),
)


def taking(text: str) -> Taking | None:
    """What a statement does to a lock; ``None`` for all others."""
    return next((each.taking for each in STATEMENTS if each.pattern.search(text)), None)


_LEVEL = re.compile(r"\bisolation\s+level\s+(serializable|repeatable\s+read)", re.IGNORECASE)


def isolation(text: str) -> str:
    """The strict isolation level that a statement asks for; empty if it asks for none."""
    found = _LEVEL.search(text)
    return " ".join(found[1].upper().split()) if found else ""


def named(text: str) -> str:
    """The statement without what it does: taking and giving back name the same lock."""
    for each in STATEMENTS:
        text = each.pattern.sub("lock", text)
    return text


_FILES = (
    "filelock.FileLock filelock.SoftFileLock filelock.UnixFileLock filelock.AsyncFileLock"
    " fasteners.InterProcessLock"
)

LIBRARY = Library(
    name="locks",
    calls=(
        *rows(
            Act.MAKE,
            "",
            "django_pglocks.advisory_lock pglock.advisory django_pg_advisory.advisory_lock"
            " sherlock.Lock sherlock.RedisLock sqlalchemy_utils.advisory_lock"
            " portalocker.Lock portalocker.RedisLock",
            gives=_NAMED,
            word="named",
        ),
        *rows(Act.MAKE, "", _FILES, gives=_NAMED, word="named"),
        *rows(Act.ACQUIRE, "", "fcntl.flock fcntl.lockf portalocker.lock", subject=0, word="file"),
        *rows(Act.RELEASE, "", "portalocker.unlock", subject=0),
        Call(f"{_NAMED}.__enter__", Act.HOLD, word="advisory"),
        Call(f"{_NAMED}.acquire", Act.ACQUIRE, word="advisory"),
        Call(f"{_NAMED}.release", Act.RELEASE, word="advisory"),
    ),
    types=dict.fromkeys(_FILES.split(), _NAMED),
)
