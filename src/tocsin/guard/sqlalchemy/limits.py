"""Limits whose tallies are rows, taken from in the session's own transaction.

What was taken is given back when that transaction is rolled back: right for a coupon and the order
it belongs to, wrong for attempts to log in, which have to be counted although the request fails.
Count those in a transaction of their own: ``with Session(engine) as apart, apart.begin(): …``.

The row of a key stays locked until the transaction ends: requests for the same key wait for each
other.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from sqlalchemy import CursorResult, case, delete, or_, select, update
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from tocsin.guard.limits import Clock, Draw, Limit, Tally, digest, drawing
from tocsin.guard.sqlalchemy.tables import TALLY

_ROW = TALLY.c


def consume(
    session: Session, limit: Limit, key: str | int, n: int = 1, *, clock: Clock = time.time
) -> int:
    """Take ``n`` of what the key may use, and answer how much is left.

    Raises ``TooMany`` with ``Retry-After``, ``Conflict`` where a stock is used up or never has
    that much, ``Unprocessable`` for an amount below 1. Nothing is taken then.
    """
    draw = drawing(limit, n, clock)
    name = digest(limit, key)
    taken = _taker(session)(session, name, draw)
    if taken is None:
        raise limit.refusal(draw, _tally(session, name))
    return limit.left(taken, draw.now)


def refund(
    session: Session, limit: Limit, key: str | int, n: int = 1, *, clock: Clock = time.time
) -> None:
    """Give back ``n`` that were taken; what has ended by itself stays ended."""
    draw = drawing(limit, n, clock)
    used = case((_ROW.used > draw.n, _ROW.used - draw.n), else_=0)
    session.execute(
        update(TALLY)
        .where(_ROW.key == digest(limit, key), _ROW.ends > draw.now)
        .values(used=used, ends=_ROW.ends - draw.step)
    )


def reset(session: Session, limit: Limit, key: str | int) -> None:
    """Forget what the key has used: a login has succeeded."""
    session.execute(delete(TALLY).where(_ROW.key == digest(limit, key)))


def _used(draw: Draw) -> ColumnElement[int]:
    return case((_ROW.ends <= draw.now, draw.n), else_=_ROW.used + draw.n)


def _ends(draw: Draw) -> ColumnElement[int]:
    return case((_ROW.ends <= draw.now, draw.begin), else_=_ROW.ends + draw.step)


def _fits(draw: Draw) -> ColumnElement[bool]:
    return or_(
        _ROW.ends <= draw.now,
        (_ROW.used <= draw.most - draw.n) & (_ROW.ends <= draw.latest - draw.step),
    )


def _on_conflict(insert: Callable[..., Any]) -> Callable[[Session, str, Draw], Tally | None]:
    """In one statement, which makes the row where there is none."""

    def take(session: Session, name: str, draw: Draw) -> Tally | None:
        made = insert(TALLY).values(key=name, used=draw.n, ends=draw.begin)
        upsert = made.on_conflict_do_update(
            index_elements=[_ROW.key],
            set_={"used": _used(draw), "ends": _ends(draw)},
            where=_fits(draw),
        ).returning(_ROW.used, _ROW.ends)
        row = session.execute(upsert).one_or_none()
        return None if row is None else Tally(*row)

    return take


def _on_duplicate_key(session: Session, name: str, draw: Draw) -> Tally | None:
    """Without a condition on the upsert: that locks the row, or makes it, and the update decides.

    An UPDATE of a row that is not there yet would lock the gap, and two of them each other out.
    """
    made = mysql.insert(TALLY).values(key=name, used=0, ends=0)
    session.execute(made.on_duplicate_key_update(used=_ROW.used))
    # MySQL sees what it has just assigned: `used` is calculated before `ends` changes.
    changed = session.execute(
        update(TALLY)
        .where(_ROW.key == name, _fits(draw))
        .ordered_values((_ROW.used, _used(draw)), (_ROW.ends, _ends(draw)))
    )
    assert isinstance(changed, CursorResult)  # noqa: S101 - what an UPDATE gives
    return _tally(session, name) if changed.rowcount else None


def _tally(session: Session, name: str) -> Tally:
    # Locking, and so of now: a snapshot of REPEATABLE READ may be from before the row was made.
    asked = select(_ROW.used, _ROW.ends).where(_ROW.key == name).with_for_update()
    row = session.execute(asked).one_or_none()
    return Tally() if row is None else Tally(*row)


_TAKERS = MappingProxyType(
    {
        "mariadb": _on_duplicate_key,
        "mysql": _on_duplicate_key,
        "postgresql": _on_conflict(postgresql.insert),
        "sqlite": _on_conflict(sqlite.insert),
    }
)


def _taker(session: Session) -> Callable[[Session, str, Draw], Tally | None]:
    dialect = session.get_bind().dialect.name
    if dialect not in _TAKERS:
        raise NotImplementedError(f"limits are kept in {', '.join(_TAKERS)}, not in {dialect}")
    return _TAKERS[dialect]
