"""State that a request relies on, compared again before it writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, Select, event
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction, scoped_session

from tocsin.guard.errors import Conflict
from tocsin.guard.sqlalchemy.locks import begin
from tocsin.guard.sqlalchemy.rows import Db

_KEY = "tocsin.guard.states"


def unchanged(session: Db, *states: Select[Any]) -> tuple[Sequence[Row[Any]], ...]:
    """Read some state that must not have been changed by others when this transaction writes.

    What is returned are the rows of each SELECT. Before the session writes for the first time, or
    commits, they are read once more, locked until the end of the transaction: if they are other
    rows by then, or say something else, that is a ``Conflict`` and nothing is written. What the
    transaction itself does to them afterwards is its own affair. Rows that are not there cannot
    be held: for those, lock what they belong to.
    """
    plain = session() if isinstance(session, scoped_session) else session
    watch: _Watch | None = plain.info.get(_KEY)
    if watch is None:
        watch = plain.info[_KEY] = _Watch()
        event.listen(plain, "before_flush", watch.before_flush)
        event.listen(plain, "do_orm_execute", watch.before_statement)
        event.listen(plain, "before_commit", watch.verify)
        event.listen(plain, "after_transaction_end", watch.end)
    # Columns, not objects: an object is refreshed, and would be equal to itself.
    bare = [state.with_only_columns(*state.selected_columns) for state in states]
    found = tuple(plain.execute(state).all() for state in bare)
    watch.seen.extend(zip(bare, map(_comparable, found), strict=True))
    return found


@dataclass(slots=True)
class _Watch:
    """What a session has seen in its transaction; empty once it is verified and locked."""

    seen: list[tuple[Select[Any], list[str]]] = field(default_factory=list)

    def before_flush(self, session: Session, *_: object) -> None:
        self.verify(session)

    def before_statement(self, statement: ORMExecuteState) -> None:
        if not statement.is_select:
            self.verify(statement.session)

    def verify(self, session: Session) -> None:
        seen, self.seen = self.seen, []
        if not seen:
            return
        try:
            begin(session)
            _compare(session, seen)
        except BaseException:
            # Whoever swallows that gets no further: not before the transaction is rolled back.
            self.seen = seen
            raise

    def end(self, _: Session, transaction: SessionTransaction) -> None:
        if transaction.parent is None:
            self.seen = []


def _compare(session: Session, seen: Sequence[tuple[Select[Any], list[str]]]) -> None:
    with session.no_autoflush:
        for state, before in seen:
            if _comparable(session.execute(state.with_for_update()).all()) != before:
                raise Conflict("what this relies on was changed meanwhile: try again")


def _comparable(rows: Sequence[Row[Any]]) -> list[str]:
    return sorted(repr(tuple(row)) for row in rows)
