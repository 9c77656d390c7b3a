"""What a statement does, told from its text: the transaction's ends, tables, rows.

Rows are narrowed by proof only: what is not understood touches everything.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from tocsin.model.access import Access
from tocsin.model.history import OpKind
from tocsin.stores.sql_rows import Many, Pattern
from tocsin.stores.sql_text import Dialect, Piece, pieces
from tocsin.stores.sql_tree import EVERYTHING, patterns

__all__ = ["Dialect", "Many", "Statement", "dialect_of", "read"]

_BEGINS = frozenset({"BEGIN", "START"})
_COMMITS = frozenset({"COMMIT", "END"})
_ROLLBACKS = frozenset({"ROLLBACK", "ABORT"})

# Statements of the session, which touch nothing that another session can see …
_OWN = frozenset(
    {"SAVEPOINT", "SET", "SHOW", "RESET", "DISCARD", "DEALLOCATE", "PREPARE"}
    | {"CLOSE", "LISTEN", "UNLISTEN", "PRAGMA", "USE"}
)
# … and those which read and write no table either, but whose moment may matter to others.
_TABLELESS = frozenset(["RELEASE", "FETCH", "MOVE", "NOTIFY", "CHECKPOINT"])


_DIALECTS: Mapping[str, Dialect] = {"sqlite": "sqlite", "mysql": "mysql"}

# MySQL commits what is open when its sessions are told to commit each statement.
_AUTOCOMMIT = re.compile(
    r"SET\s+(?:SESSION\s+|@@(?:SESSION\.)?)?AUTOCOMMIT\s*:?=\s*(?:1|ON|TRUE)\s*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement (or several in one text) without its values.

    ``kind`` says whether it begins or ends a transaction, ``label`` names it alike in every run,
    ``keyword`` is its first word in capitals. ``pauses`` is false when no other session could
    tell whether it ran now or later.
    """

    kind: OpKind
    label: str
    keyword: str
    pauses: bool
    _patterns: tuple[Pattern, ...]

    def accesses(
        self,
        store: str,
        parameters: object = None,
        unique: Mapping[str, Collection[Collection[str]]] | None = None,
    ) -> tuple[Access, ...]:
        """The tables and rows it reads and writes, given its values.

        ``parameters`` is what the driver was given: a sequence, a mapping, or `Many` of them.
        ``unique`` maps tables to the column sets of their primary key and unique constraints:
        where it is given, writes also read (verb ``unique``) the rows they could collide with.
        """
        found = [access for each in self._patterns for access in each.accesses(store, parameters)]
        if unique:
            found += [
                access
                for each in self._patterns
                for access in each.collisions(store, parameters, unique)
            ]
        return tuple(dict.fromkeys(found))


@lru_cache(maxsize=4096)
def read(sql: str, dialect: Dialect) -> Statement:
    """Understand a text in the driver's own placeholder style. Never raises."""
    parts = pieces(sql, dialect)
    return Statement(
        _kind(parts),
        "; ".join(part.label for part in parts),
        parts[0].words[0] if parts else "",
        any(_pauses(part, dialect) for part in parts),
        tuple(pattern for part in parts for pattern in _patterns(part, dialect)),
    )


def dialect_of(store: str) -> Dialect:
    """The SQL spoken by a session's store (``postgresql:shop``, ``sqlite:shop.db``)."""
    return _DIALECTS.get(store.partition(":")[0], "postgres")


def _kind(parts: tuple[Piece, ...]) -> OpKind:
    kinds = [_kind_of(part) for part in parts]
    begins = OpKind.BEGIN in kinds
    ends = [kind for kind in kinds if kind in (OpKind.COMMIT, OpKind.ROLLBACK)]
    if ends:
        return OpKind.STATEMENT if begins else ends[-1]
    own = all(_kind_of(part) is OpKind.BEGIN or part.words[0] in _OWN for part in parts)
    return OpKind.BEGIN if begins and own else OpKind.STATEMENT


def _kind_of(part: Piece) -> OpKind:
    word = part.words[0]
    if word in _BEGINS:
        return OpKind.BEGIN
    if word in _COMMITS or (word == "SET" and _AUTOCOMMIT.fullmatch(part.sql)):
        return OpKind.COMMIT
    if word in _ROLLBACKS and "TO" not in part.words:
        return OpKind.ROLLBACK
    return OpKind.STATEMENT


def _pauses(part: Piece, dialect: Dialect) -> bool:
    kind, word = _kind_of(part), part.words[0]
    if kind is OpKind.BEGIN:  # SQLite's takes its lock at once if asked to
        return not {"IMMEDIATE", "EXCLUSIVE"}.isdisjoint(part.words)
    if kind is OpKind.COMMIT:
        return True
    if word == "PRAGMA":
        return "=" in part.sql
    if word == "PREPARE":
        return "TRANSACTION" in part.words
    if word == "RELEASE":  # the outermost one of SQLite commits
        return dialect == "sqlite"
    return word not in _OWN


def _patterns(part: Piece, dialect: Dialect) -> tuple[Pattern, ...]:
    word = part.words[0]
    if _kind_of(part) is not OpKind.STATEMENT or word in _OWN | _TABLELESS | _ROLLBACKS:
        return ()
    if word == "EXPLAIN" and "ANALYZE" not in part.sql.upper():
        return ()
    return patterns(part, dialect) if word else EVERYTHING
