"""SQL text to sqlglot's tree and back, without a word to anybody's log.

sqlglot logs what it cannot say in a dialect. Here that is an answer, not an accident: the text is
an application's, and may be for another database.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError


def parsed(text: str, dialect: str) -> exp.Expr | None:
    """The tree of one statement; ``None`` for what cannot be read."""
    try:
        with _quiet():
            return sqlglot.parse_one(text, dialect=dialect)
    except (SqlglotError, RecursionError):
        return None


def written(node: exp.Expr) -> str:
    """A part of a tree as text."""
    return str(node.sql(unsupported_level=ErrorLevel.IGNORE))


@contextmanager
def _quiet() -> Iterator[None]:
    """The application may use sqlglot itself: only what this thread logs meanwhile is dropped."""
    logger, mine = logging.getLogger("sqlglot"), threading.get_ident()

    def others(record: logging.LogRecord) -> bool:
        return record.thread != mine

    logger.addFilter(others)
    try:
        yield
    finally:
        logger.removeFilter(others)
