"""How databases bound the wait for a lock, and how they say that they waited in vain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Bound:
    """Statements around what may wait: asking what holds, setting it, setting what held before.

    A ``lasting`` bound survives the transaction, and has to be taken back after an error, too.
    """

    held: str
    before: str
    after: str
    lasting: bool = False

    def of(self, seconds: float) -> str:
        """The statement before, for whole seconds or milliseconds, at least one."""
        return self.before.format(
            seconds=max(1, round(seconds)), millis=max(1, round(seconds * 1_000))
        )

    def back(self, held: object) -> str:
        """The statement after, for what the first one has told."""
        return self.after.format(held=held)


_INNODB = Bound(
    "SELECT @@SESSION.innodb_lock_wait_timeout",
    "SET SESSION innodb_lock_wait_timeout = {seconds}",
    "SET SESSION innodb_lock_wait_timeout = {held}",
    lasting=True,
)
# Not DEFAULT: that is what the server or the role begins with, not what the application has set.
_LOCAL = Bound(
    "SHOW lock_timeout", "SET LOCAL lock_timeout = {millis}", "SET LOCAL lock_timeout = '{held}'"
)
BOUNDS: Mapping[str, Bound] = MappingProxyType(
    {
        "mariadb": _INNODB,
        "mysql": _INNODB,
        "postgresql": _LOCAL,
    }
)
"""By dialect. SQLite waits as long as its connection was told to (``timeout``)."""

# Lock not available, deadlock, could not serialize: PostgreSQL's appendix A. InnoDB's lock wait
# timeout and deadlock. SQLITE_BUSY.
_STATES = frozenset({"55P03", "40P01", "40001"})
_NUMBERS = frozenset({1205, 1213})
_BUSY = 5


def in_vain(error: BaseException | None) -> bool:
    """Whether a driver's error says that another transaction was in the way."""
    told: Any = error
    if getattr(told, "sqlstate", None) in _STATES or getattr(told, "pgcode", None) in _STATES:
        return True
    if getattr(told, "sqlite_errorcode", 0) & 0xFF == _BUSY:
        return True
    return (getattr(told, "args", ()) or (None,))[0] in _NUMBERS
