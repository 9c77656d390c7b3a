"""A state that changes once, in one UPDATE that says what it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, CursorResult, select, update

from tocsin.guard.sqlalchemy.rows import Db, keyed, named, next_version
from tocsin.guard.transitions import Transitions, refusal, sources

M = TypeVar("M")
_NOTHING: Mapping[str, Any] = MappingProxyType({})


def transition(
    session: Db,
    model: type[M],
    key: object,
    *,
    to: object,
    from_: object = None,
    table: Transitions | None = None,
    field: str = "status",
    values: Mapping[str, Any] = _NOTHING,
    where: Iterable[ColumnElement[bool]] = (),
    within: Iterable[ColumnElement[bool]] = (),
) -> M:
    """Move the row of ``key`` to the state ``to``, and return it as it then is.

    ``from_`` is the state, or the states, it may come from; ``table`` says so for all states.
    ``values`` are set by the same UPDATE, ``where`` is what else it needs, and ``within`` limits
    it to the rows that exist for who asks. The row stays locked until the caller commits.

    Raises ``Missing`` if there is no such row, ``Conflict`` if it is in another state or ``where``
    does not hold, ``Unprocessable`` if ``to`` is not in the table, ``ValueError`` if what is asked
    protects nothing. Nothing is written then.
    """
    state = getattr(model, field)
    allowed = sources(from_, to, table)
    row = (*keyed(model, key), *within)
    if allowed:
        moved = (
            update(model)
            .where(*row, _one_of(state, allowed), *where)
            .values({**next_version(model), field: to, **values})
            .execution_options(synchronize_session=False)
        )
        if cast("CursorResult[Any]", session.execute(moved)).rowcount:
            return cast("M", session.get(model, key, populate_existing=True))
    # Locked, so that it is read as of now also where transactions read from a snapshot.
    found = session.execute(select(state).where(*row).with_for_update(read=True)).one_or_none()
    raise refusal(named(model), found, to, allowed)


def _one_of(state: Any, allowed: Sequence[object]) -> ColumnElement[bool]:
    """The usual single state without the list, which is put together anew for each statement."""
    single = len(allowed) == 1 and allowed[0] is not None
    found: ColumnElement[bool] = state == allowed[0] if single else state.in_(allowed)
    return found
