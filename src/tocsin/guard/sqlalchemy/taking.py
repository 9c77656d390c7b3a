"""Take from what a row has: look and take in one UPDATE."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar, cast

from sqlalchemy import BigInteger, ColumnElement, CursorResult, literal, select, update

from tocsin.guard.sqlalchemy.rows import Db, keyed, named, next_version
from tocsin.guard.taking import Amount, taking

M = TypeVar("M")


def take(
    session: Db,
    model: type[M],
    key: object,
    n: Amount = 1,
    *,
    left: str | None = None,
    used: str | None = None,
    most: str | Amount | None = None,
    within: Iterable[ColumnElement[bool]] = (),
) -> M:
    """Take ``n`` of what the row of ``key`` has, and return it as it then is.

    ``left`` is the column that says how much that is: a balance, seats. Or ``used`` says how much
    of ``most`` is gone, which is another column or a number. ``within`` limits it to the rows that
    exist for who asks. The row stays locked until the caller commits.

    Raises ``Missing`` if there is no such row, ``Conflict`` if it has not that much,
    ``Unprocessable`` for an amount that is not above 0, ``ValueError`` if the columns do not say
    what is left. Nothing is taken then.
    """
    asked = taking(n, left=left, used=used, most=most)
    row = (*keyed(model, key), *within)
    columns = [getattr(model, name) for name in asked.columns]
    column = columns[0]
    if asked.possible:
        # Of its own type an amount could be too large to be sent.
        wanted: Any = literal(n, BigInteger() if isinstance(n, int) else column.type)
        after = column - wanted if used is None else column + wanted
        # Added, where it is used: MySQL refuses differences of unsigned columns below 0.
        fits = column >= wanted if used is None else after <= (columns[1:] or (most,))[0]
        taken = (
            update(model)
            .where(*row, fits)
            .values({**next_version(model), asked.column: after})
            .execution_options(synchronize_session=False)
        )
        if cast("CursorResult[Any]", session.execute(taken)).rowcount:
            return cast("M", session.get(model, key, populate_existing=True))
    # Locked, so that it is read as of now also where transactions read from a snapshot.
    found = session.execute(select(*columns).where(*row).with_for_update(read=True)).one_or_none()
    raise asked.refusal(named(model), found)
