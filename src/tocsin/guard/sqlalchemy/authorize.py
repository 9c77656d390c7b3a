"""Verify and execute: what a right rests on stays true until its effect is committed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import ColumnElement, CursorResult, Delete, Select, Update, exists, select

from tocsin.guard.errors import Denied, GuardError, Missing
from tocsin.guard.sqlalchemy.locks import begin_writing
from tocsin.guard.sqlalchemy.rows import Db, keyed, mapped, named
from tocsin.guard.sqlalchemy.versions import conflicts

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Grant(Generic[T]):
    """What has to be in the database for a request to be allowed: a question, not its answer.

    ``rows`` is the SELECT that has to find a row, and ``detail`` what those are told for whom it
    finds none. For a right to one thing, ``thing`` is that row whosever it is, and ``own`` are the
    conditions that make it theirs.
    """

    rows: Select[Any]
    detail: str
    secret: bool = False
    thing: Select[Any] | None = None
    own: tuple[ColumnElement[bool], ...] = ()


def holds(rows: Select[tuple[T]], *, detail: str = "not allowed", secret: bool = False) -> Grant[T]:
    """A right that rests on a row: of a role, a group, a membership.

    Whoever lacks it gets 403, or 404 where it is ``secret`` that there is something to ask for.
    Raises ``ValueError`` for a SELECT that finds something in an empty database, too.
    """
    # The second question compiles the statement: only where the columns alone do not tell.
    if not rows.columns_clause_froms and not rows.get_final_froms():
        raise ValueError("a right rests on rows of a table: select those, not exists(…)")
    return Grant(rows, "not found" if secret else detail, secret)


def owns(
    model: type[T], key: object, *conditions: ColumnElement[bool], secret: bool = False
) -> Grant[T]:
    """A right to one row, for what its columns say, such as whose it is.

    Whoever lacks it gets 403, and 404 if there is no such row, or where that is ``secret``.
    """
    row = keyed(model, key)
    detail = f"no such {named(model)}" if secret else f"not your {named(model)}"
    thing = select(*mapped(model).primary_key).where(*row)
    return Grant(select(model).where(*row, *conditions), detail, secret, thing, (*row, *conditions))


def authorize(session: Db, grant: Grant[T] | Select[tuple[T]]) -> T:
    """Ask for a right in the transaction of its effect, and return the row that gives it.

    The row is locked and as it now is: whoever takes the right away waits for the commit, or was
    first. A bare SELECT is asked as ``holds`` says. Raises ``Denied`` or ``Missing``.
    """
    asked = grant if isinstance(grant, Grant) else holds(grant)
    begin_writing(session)
    # What is one's own is going to be changed: two who share its lock would wait for each other.
    locked = asked.rows.with_for_update(read=asked.thing is None, key_share=asked.thing is not None)
    found = session.scalars(locked.execution_options(populate_existing=True)).all()
    if not found:
        raise _refusal(session, asked)
    return cast("T", found[0])


def execute(
    session: Db, effect: Update | Delete, *, grant: Grant[Any] | Select[Any]
) -> CursorResult[Any]:
    """An UPDATE or a DELETE that asks for the right itself, in its WHERE.

    Raises ``Denied`` or ``Missing`` as ``authorize`` does, and ``Missing`` where the right is
    there and no row was found to change.
    """
    asked = grant if isinstance(grant, Grant) else holds(grant)
    session.flush()
    if asked.own and asked.rows.get_final_froms() == [effect.table]:
        allowed = asked.own
    else:
        # Locked within the statement: a revocation that came first is waited for, and seen.
        locked = asked.rows.with_for_update(read=asked.thing is None)
        allowed = (exists(locked.correlate(None)),)
    done = cast("CursorResult[Any]", session.execute(effect.where(*allowed)))
    if not done.rowcount:
        authorize(session, asked)
        raise Missing("not found")
    return done


@contextmanager
def authorized(session: Db, grant: Grant[T] | Select[tuple[T]]) -> Iterator[T]:
    """A right and its effect in one transaction: the block.

    It is committed at the end, and rolled back when the block raises. Raises what ``authorize``
    does, and ``RuntimeError`` if the session holds changes that are not the block's.
    """
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("the session has changes of before: commit them, or roll them back")
    try:
        with conflicts():
            yield authorize(session, grant)
            session.commit()
    except BaseException:
        session.rollback()
        raise


def _refusal(session: Db, asked: Grant[Any]) -> GuardError:
    if asked.secret:
        return Missing(asked.detail)
    if asked.thing is not None and session.execute(asked.thing).first() is None:
        return Missing("not found")
    return Denied(asked.detail)
