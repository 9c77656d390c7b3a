"""Edits of what was read before: the version that was read is part of the UPDATE."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from sqlalchemy import BigInteger, ColumnElement, CursorResult, select, update
from sqlalchemy.orm.exc import StaleDataError

from tocsin.guard.errors import Conflict, Missing
from tocsin.guard.preconditions import Preconditions, expected
from tocsin.guard.sqlalchemy.rows import Db, keyed, named

M = TypeVar("M")


def edit(
    session: Db,
    model: type[M],
    key: object,
    *,
    version: int | Preconditions,
    field: str = "version",
    within: Iterable[ColumnElement[bool]] = (),
) -> M:
    """Count the version of a row and return the row to be changed, if it is the one expected.

    ``version`` is what the client has read: a number of its body, or its preconditions. ``field``
    is an integer column, of ``version_id_col`` or not. ``within`` limits it to the rows that exist
    for who asks. The row stays locked until the caller commits.

    Raises ``Missing`` if there is no such row; where the version is another, ``Conflict`` for a
    number and ``PreconditionFailed`` for preconditions. Nothing is written then.
    """
    column = getattr(model, field)
    row = (*keyed(model, key), *within)
    wanted = expected(version)
    if not wanted.nothing:
        conditions = [] if wanted.only is None else [column.in_(_held(column, wanted.only))]
        conditions += [column.not_in(wanted.never)] if wanted.never else []
        counted = update(model).where(*row, *conditions).values({field: column + 1})
        counted = counted.execution_options(synchronize_session=False)
        if cast("CursorResult[Any]", session.execute(counted)).rowcount:
            return cast("M", session.get(model, key, populate_existing=True))
    # Locked, so that it is looked for as of now also where transactions read from a snapshot.
    if session.execute(select(column).where(*row).with_for_update(read=True)).first() is None:
        raise Missing(f"no such {named(model)}")
    raise wanted.refused()


def _held(column: Any, versions: tuple[int, ...]) -> list[int]:
    """Those that the column can hold: drivers cannot send it others."""
    most = 2**63 if isinstance(column.type, BigInteger) else 2**31
    return [version for version in versions if -most <= version < most]


@contextmanager
def conflicts() -> Iterator[None]:
    """A block in which the ``StaleDataError`` of ``version_id_col`` is a ``Conflict``.

    The flush has to be inside; what it was part of is rolled back by whoever opened it.
    """
    try:
        yield
    except StaleDataError:
        raise Conflict("changed meanwhile: read it again") from None
