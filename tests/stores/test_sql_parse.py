"""Reading SQL says nothing to the log, and leaves the log as it was."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from sqlglot import exp

import tocsin
from tocsin.stores.sql_parse import parsed, written

UNREADABLE = "UPDATE orders SET ("
FOREIGN = "UPDATE t SET a = E'one'"  # PostgreSQL's own kind of text
FALLBACK = "ALTER TABLE orders ENABLE ROW LEVEL SECURITY FOR all"


def test_what_cannot_be_read_is_nothing() -> None:
    assert parsed(UNREADABLE, "postgres") is None


@pytest.mark.parametrize("text", [FOREIGN, FALLBACK])
def test_nothing_is_logged(text: str, caplog: pytest.LogCaptureFixture) -> None:
    tree = parsed(text, "postgres")
    assert tree is not None
    assert written(tree)
    assert caplog.records == []


def test_sqlglot_itself_would_have_logged(caplog: pytest.LogCaptureFixture) -> None:
    tree = parsed(FOREIGN, "postgres")
    assert isinstance(tree, exp.Update)
    tree.sql()
    assert [each.name for each in caplog.records] == ["sqlglot"]


def test_the_log_of_others_is_as_before(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("sqlglot")
    before = (logger.level, list(logger.filters))
    parsed(UNREADABLE, "postgres")
    parsed(FALLBACK, "postgres")
    assert (logger.level, list(logger.filters)) == before
    logger.warning("said by the application")
    assert [each.message for each in caplog.records] == ["said by the application"]


def test_sql_is_parsed_here_and_nowhere_else() -> None:
    package = Path(tocsin.__file__).parent
    parsing = [path.name for path in package.rglob("*.py") if "parse_one(" in path.read_text()]
    assert parsing == ["sql_parse.py"]
