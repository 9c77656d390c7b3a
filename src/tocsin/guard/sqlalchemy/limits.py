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

from sqlalchemy import (
    BigInteger,
    Connection,
    String,
    bindparam,
    case,
    delete,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.orm import Session

from tocsin.guard.limits import Clock, Draw, Limit, Tally, digest, drawing
from tocsin.guard.sqlalchemy.tables import TALLY

_ROW = TALLY.c

# Statements are made once: making them anew would cost more than sending them.
_KEY = bindparam("draw_key", type_=String())
_NOW, _N, _BEGIN, _STEP, _MOST, _LATEST = (
    bindparam(f"draw_{name}", type_=BigInteger())
    for name in ("now", "n", "begin", "step", "most", "latest")
)
_USED = case((_ROW.ends <= _NOW, _N), else_=_ROW.used + _N)
_ENDS = case((_ROW.ends <= _NOW, _BEGIN), else_=_ROW.ends + _STEP)
_FITS = or_(_ROW.ends <= _NOW, (_ROW.used <= _MOST) & (_ROW.ends <= _LATEST))
# Locking, and so of now: a snapshot of REPEATABLE READ may be from before the row was made.
_FOUND = select(_ROW.used, _ROW.ends).where(_ROW.key == _KEY).with_for_update()
_MADE = mysql.insert(TALLY).values(key=_KEY, used=0, ends=0).on_duplicate_key_update(used=_ROW.used)
# MySQL sees what it has just assigned: `used` is calculated before `ends` changes.
_TAKEN = (
    update(TALLY)
    .where(_ROW.key == _KEY, _FITS)
    .ordered_values((_ROW.used, _USED), (_ROW.ends, _ENDS))
)


def consume(
    session: Session, limit: Limit, key: str | int, n: int = 1, *, clock: Clock = time.time
) -> int:
    """Take ``n`` of what the key may use, and answer how much is left.

    Raises ``TooMany`` with ``Retry-After``, ``Conflict`` where a stock is used up or never has
    that much, ``Unprocessable`` for an amount below 1. Nothing is taken then.
    """
    draw = drawing(limit, n, clock)
    name = digest(limit, key)
    # The session's own connection: there is nothing here that the session would do to a statement.
    connection = session.connection()
    taken = _taker(connection)(connection, name, draw)
    if taken is None:
        raise limit.refusal(draw, _tally(connection, name))
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


def _named(name: str, draw: Draw) -> dict[str, str | int]:
    """The values of the statements below."""
    return {
        "draw_key": name,
        "draw_now": draw.now,
        "draw_n": draw.n,
        "draw_begin": draw.begin,
        "draw_step": draw.step,
        "draw_most": draw.most - draw.n,
        "draw_latest": draw.latest - draw.step,
    }


def _on_conflict(insert: Callable[..., Any]) -> Callable[[Connection, str, Draw], Tally | None]:
    """In one statement, which makes the row where there is none."""
    upsert = (
        insert(TALLY)
        .values(key=_KEY, used=_N, ends=_BEGIN)
        .on_conflict_do_update(
            index_elements=[_ROW.key], set_={"used": _USED, "ends": _ENDS}, where=_FITS
        )
        .returning(_ROW.used, _ROW.ends)
    )

    def take(connection: Connection, name: str, draw: Draw) -> Tally | None:
        row = connection.execute(upsert, _named(name, draw)).one_or_none()
        return None if row is None else Tally(*row)

    return take


def _on_duplicate_key(connection: Connection, name: str, draw: Draw) -> Tally | None:
    """Without a condition on the upsert: that locks the row, or makes it, and the update decides.

    An UPDATE of a row that is not there yet would lock the gap, and two of them each other out.
    """
    connection.execute(_MADE, {"draw_key": name})
    changed = connection.execute(_TAKEN, _named(name, draw))
    return _tally(connection, name) if changed.rowcount else None


def _tally(connection: Connection, name: str) -> Tally:
    row = connection.execute(_FOUND, {"draw_key": name}).one_or_none()
    return Tally() if row is None else Tally(*row)


_TAKERS = MappingProxyType(
    {
        "mariadb": _on_duplicate_key,
        "mysql": _on_duplicate_key,
        "postgresql": _on_conflict(postgresql.insert),
        "sqlite": _on_conflict(sqlite.insert),
    }
)


def _taker(connection: Connection) -> Callable[[Connection, str, Draw], Tally | None]:
    dialect = connection.dialect.name
    if dialect not in _TAKERS:
        raise NotImplementedError(f"limits are kept in {', '.join(_TAKERS)}, not in {dialect}")
    return _TAKERS[dialect]
