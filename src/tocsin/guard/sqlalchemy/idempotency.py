"""Requests that are carried out once: key, effect and answer are one transaction, the session's.

Whoever comes while the first is at work waits for that transaction: for its row, in the database.
When the first fails, or its process dies, nothing is left of it, and the next one is the first.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from sqlalchemy import CursorResult, Executable, bindparam, select, text, update
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session
from sqlalchemy.util import await_only

from tocsin.guard.idempotency import KEEP, LEASE, WAIT, Answer, Asked, Record, busy, judge, keeps
from tocsin.guard.limits import Clock, micros
from tocsin.guard.sqlalchemy.tables import ONCE
from tocsin.guard.waiting import BOUNDS, in_vain

_ROW = ONCE.c

# Statements are made once: making them anew would cost more than sending them.
_CLAIMS: MappingProxyType[str, Executable] = MappingProxyType(
    {
        "mariadb": mysql.insert(ONCE).prefix_with("IGNORE"),
        "mysql": mysql.insert(ONCE).prefix_with("IGNORE"),
        "postgresql": postgresql.insert(ONCE).on_conflict_do_nothing(),
        "sqlite": sqlite.insert(ONCE).on_conflict_do_nothing(),
    }
)
_MINE = (_ROW.key == bindparam("once_key"), _ROW.token == bindparam("once_token"))
_ANSWERED = update(ONCE).where(*_MINE).values(answer=bindparam("once_answer"))
# Locking, and so of now: a snapshot of REPEATABLE READ may be from before the row was made.
_FOUND = (
    select(_ROW.fingerprint, _ROW.token, _ROW.lease, _ROW.ends, _ROW.answer)
    .where(_ROW.key == bindparam("once_key"))
    .with_for_update(read=True)
)


def once(
    session: Session,
    asked: Asked | None,
    work: Callable[[], Answer],
    *,
    keep: float = KEEP,
    lease: float = LEASE,
    wait: float = WAIT,
    clock: Clock = time.time,
) -> Answer:
    """The answer of ``work``, or the one it gave before. Nothing is committed here.

    ``work`` uses the same session and does not commit. When it raises, the transaction has to be
    rolled back, as ``with sessions.begin()`` does. An answer of 500 or more is not kept, and rolls
    back, too. Without a key (None) there is nothing to do but to work.

    Raises ``Conflict`` when the first is at work for longer than ``wait`` seconds (SQLite: than its
    connection's ``timeout``), ``Unprocessable`` for another request under the same key. ``lease``
    counts where a first request did commit before it had an answer.
    """
    if asked is None:
        return work()
    now = micros(clock)
    claim = Record.fresh(asked, now, lease=lease, keep=keep)
    with _bounded(session, wait):
        kept = _claim(session, asked, claim, now)
    if kept is not None:
        return kept
    answer = work()
    final = {"once_key": asked.id, "once_token": claim.token, "once_answer": answer.encode()}
    if not keeps(answer):
        session.rollback()
    elif not _changed(session, _ANSWERED, final):
        raise busy()
    return answer


async def once_async(
    session: AsyncSession, asked: Asked | None, work: Callable[[], Awaitable[Answer]], **how: Any
) -> Answer:
    """``once``, with work that is awaited."""
    return await session.run_sync(once, asked, lambda: await_only(work()), **how)


def _claim(session: Session, asked: Asked, claim: Record, now: int) -> Answer | None:
    """Be the first, or get what the first has answered."""
    if _changed(session, _claiming(session), {"key": asked.id, **_values(claim)}):
        return None
    row = session.execute(_FOUND, {"once_key": asked.id}).one_or_none()
    if row is None:
        raise busy()
    record = Record(*row)
    kept = judge(record, asked, now)
    if kept is None and not _changed(
        session,
        update(ONCE).where(*_MINE).values(**_values(claim), answer=None),
        {"once_key": asked.id, "once_token": record.token},
    ):
        raise busy()
    return kept


def _values(claim: Record) -> dict[str, Any]:
    return {
        "fingerprint": claim.fingerprint,
        "token": claim.token,
        "lease": claim.lease,
        "ends": claim.ends,
    }


def _claiming(session: Session) -> Executable:
    dialect = session.get_bind().dialect.name
    if dialect not in _CLAIMS:
        raise NotImplementedError(f"answers are kept in {', '.join(_CLAIMS)}, not in {dialect}")
    return _CLAIMS[dialect]


def _changed(session: Session, statement: Executable, values: dict[str, Any]) -> bool:
    # Of an INSERT, too: drivers forget it with the cursor.
    result = session.execute(statement, values, execution_options={"preserve_rowcount": True})
    assert isinstance(result, CursorResult)  # noqa: S101 - what a statement that writes gives
    return bool(result.rowcount)


@contextmanager
def _bounded(session: Session, wait: float) -> Iterator[None]:
    """Wait no longer than this for others."""
    bound = BOUNDS.get(session.get_bind().dialect.name)
    held = None
    if bound is not None:
        held = session.execute(text(bound.held)).scalar_one()
        session.execute(text(bound.of(wait)))
    usable = True
    try:
        yield
    except DBAPIError as error:
        # What is not lasting ends with the transaction, in which nothing more can be said.
        usable = bound is not None and bound.lasting and not error.connection_invalidated
        if in_vain(error.orig):
            raise busy() from error
        raise
    finally:
        if bound is not None and usable:
            session.execute(text(bound.back(held)))
