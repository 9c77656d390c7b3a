"""Rights that stay true until their effect is committed."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError, connections, transaction
from django.db.models import QuerySet

from tests.guard.django.models import Order, Refund, Staff
from tocsin.guard.django import Grant, atomic, authorize, authorized, holds, lock, owns
from tocsin.guard.errors import Denied, Missing


def manager(database: str, name: str) -> Any:
    return Staff.objects.using(database).filter(username=name, role="manager")


def own_order(database: str, name: str, order: int = 1, *, secret: bool = False) -> Grant:
    return owns(Order.objects.using(database), order, buyer=name, secret=secret)


def test_the_row_that_gives_the_right(database: str) -> None:
    with atomic(database):
        assert authorize(manager(database, "carol")).username == "carol"
        assert authorize(own_order(database, "alice")).pk == 1


def test_who_lacks_it(database: str) -> None:
    with atomic(database):
        with pytest.raises(Denied, match="not allowed"):
            authorize(manager(database, "alice"))
        with pytest.raises(Denied, match="not your order"):
            authorize(own_order(database, "mallory"))
        with pytest.raises(Missing):
            authorize(own_order(database, "alice", 9))
        with pytest.raises(Missing, match="no such order"):
            authorize(own_order(database, "mallory", secret=True))
        with pytest.raises(Missing):
            authorize(holds(manager(database, "alice"), secret=True))
        with pytest.raises(Denied):
            authorize(Staff.objects.using(database).none())


def test_one_of_several_ways(database: str) -> None:
    ways = manager(database, "alice"), Staff.objects.using(database).filter(username="alice")
    with atomic(database):
        assert authorize(holds(*ways)).role == "user"


def test_outside_a_transaction_nothing_is_held(database: str) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        authorize(manager(database, "carol"))
    with pytest.raises(RuntimeError, match="transaction"):
        lock(Staff.objects.using(database), "carol")


def test_a_block_is_a_transaction(database: str) -> None:
    with authorized(own_order(database, "alice")) as order:
        order.note = "mine"
        order.save(using=database)
    with pytest.raises(Denied), authorized(own_order(database, "mallory")):
        raise AssertionError
    with pytest.raises(LookupError), authorized(own_order(database, "alice")):
        Refund.objects.using(database).create(order_id=1)
        raise LookupError
    assert Refund.objects.using(database).count() == 0
    assert Order.objects.using(database).get(pk=1).note == "mine"


@pytest.fixture
def other(database: str) -> Any:
    """Another connection to the same database, which fails where it would wait."""
    connection = connections[database].copy()
    connection.set_autocommit(True)
    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 0" if sqlite else "SET lock_timeout = 1")
        yield cursor
    connection.close()


def demote(other: Any) -> None:
    other.execute("UPDATE guarded_staff SET role = 'user' WHERE username = 'carol'")


def test_whoever_takes_it_away_waits(database: str, other: Any) -> None:
    with authorized(manager(database, "carol")), pytest.raises(OperationalError):
        demote(other)
    demote(other)
    with pytest.raises(Denied), authorized(manager(database, "carol")):
        raise AssertionError


@pytest.mark.postgresql
def test_whoever_has_it_too_does_not_wait(database: str, other: Any) -> None:
    if connections[database].vendor == "sqlite":
        pytest.skip("one writes at a time there")
    with authorized(manager(database, "carol")):
        other.execute("SELECT role FROM guarded_staff FOR SHARE")
        assert len(other.fetchall()) == 2


def test_rows_are_locked_in_one_order(database: str, other: Any) -> None:
    staff = Staff.objects.using(database)
    with atomic(database):
        carol, alice = lock(staff, "carol", "alice")
        assert (carol.pk, alice.pk) == ("carol", "alice")
        with pytest.raises(OperationalError):
            demote(other)
        with pytest.raises(Missing, match="no such staff"):
            lock(staff, "carol", "nobody")


def test_on_sqlite_the_outermost_block_writes_from_the_beginning(database: str, other: Any) -> None:
    if connections[database].vendor != "sqlite":
        pytest.skip("it has locks for rows")
    with atomic(database), atomic(database), pytest.raises(OperationalError, match="locked"):
        demote(other)
    with transaction.atomic(using=database):
        demote(other)


def test_a_block_inside_is_a_savepoint(database: str) -> None:
    refunds: QuerySet[Any] = Refund.objects.using(database)
    with atomic(database):
        refunds.create(order_id=1)
        with pytest.raises(LookupError), atomic(database):
            refunds.create(order_id=2)
            raise LookupError
    assert [refund.order_id for refund in refunds.all()] == [1]
