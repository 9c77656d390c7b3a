"""Rows that nobody else changes."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from tests.guard.conftest import Place
from tests.guard.sqlalchemy.models import Membership, Order, User
from tocsin.guard import sqlalchemy as guard
from tocsin.guard.errors import Missing

Sessions = sessionmaker[Session]


def impatient(session: Session) -> Session:
    """A session that fails where it would wait."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    session.execute(text("PRAGMA busy_timeout = 0" if sqlite else "SET lock_timeout = 1"))
    return session


def test_rows_in_the_order_asked_for(sessions: Sessions) -> None:
    with sessions() as session:
        carol, alice = guard.lock(session, User, "carol", "alice")
        assert (carol.username, alice.username) == ("carol", "alice")


def test_one_row_twice_is_one_row(sessions: Sessions) -> None:
    with sessions() as session:
        first, second = guard.lock(session, User, "alice", "alice")
        assert first is second


def test_a_row_that_is_not_there(sessions: Sessions) -> None:
    with sessions() as session, pytest.raises(Missing, match="no such user"):
        guard.lock(session, User, "alice", "nobody")


def test_keys_of_two_columns(sessions: Sessions) -> None:
    with sessions() as session:
        (member,) = guard.lock(session, Membership, ("billing", "alice"))
        assert member.state == "invited"


def test_an_object_of_before_is_refreshed(sessions: Sessions) -> None:
    with sessions() as session:
        order = session.get(Order, 1)
        assert order is not None
        with sessions.begin() as other:
            other.execute(update(Order).where(Order.id == 1).values(status="shipped"))
        (locked,) = guard.lock(session, Order, 1)
        assert locked is order
        assert order.status == "shipped"


def test_what_was_changed_before_is_kept(sessions: Sessions) -> None:
    with sessions.begin() as session:
        order = session.get(Order, 1)
        assert order is not None
        order.note = "mine"
        guard.lock(session, Order, 1)
    with sessions() as session:
        assert session.get_one(Order, 1).note == "mine"


def test_others_wait(sessions: Sessions) -> None:
    with sessions() as first, sessions() as second:
        guard.lock(first, User, "alice")
        change = update(User).where(User.username == "alice").values(role="admin")
        with pytest.raises(OperationalError):
            impatient(second).execute(change)


@pytest.mark.postgresql
def test_autocommit_holds_no_locks(postgresql: Place) -> None:
    engine = create_engine(postgresql.url(), isolation_level="AUTOCOMMIT")
    with Session(engine) as session, pytest.raises(RuntimeError, match="AUTOCOMMIT"):
        guard.lock(session, User, "alice")
    engine.dispose()
