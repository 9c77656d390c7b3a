"""Limits whose tallies are rows of the application ``tocsin.guard.django.tables``.

``consume`` belongs to the transaction it is called in: a coupon is given back when the order it
belongs to is rolled back. Attempts to log in have to be counted although the request fails:
``consume(…, durable=True)`` commits before it answers, and refuses to be part of a transaction.
"""

from __future__ import annotations

import functools
import time
from typing import Any

from django.apps import apps
from django.db import DatabaseError, connections, router, transaction
from django.db.models import Case, F, Q, Value, When

from tocsin.guard.django.rows import together
from tocsin.guard.limits import Clock, Draw, Limit, Tally, digest, drawing

# Django's upsert knows no condition. Where SQL does, one statement takes, and makes the row where
# there is none; put together by Django, the same would cost several times what it does.
_CONDITIONAL = frozenset({"postgresql", "sqlite"})
_UPSERT = """
INSERT INTO "tocsin_tally" AS "t" ("key", "used", "ends", "made") VALUES (%s, %s, %s, TRUE)
ON CONFLICT ("key") DO UPDATE SET
    "used" = CASE WHEN "t"."ends" <= %s THEN excluded."used" ELSE "t"."used" + excluded."used" END,
    "ends" = CASE WHEN "t"."ends" <= %s THEN excluded."ends" ELSE "t"."ends" + %s END
WHERE "t"."ends" <= %s OR ("t"."used" <= %s AND "t"."ends" <= %s)
RETURNING "used", "ends"
"""


def consume(
    limit: Limit,
    key: str | int,
    n: int = 1,
    *,
    using: str | None = None,
    durable: bool = False,
    clock: Clock = time.time,
) -> int:
    """Take ``n`` of what the key may use, and answer how much is left.

    Raises ``TooMany`` with ``Retry-After``, ``Conflict`` where a stock is used up or never has
    that much, ``Unprocessable`` for an amount below 1. Nothing is taken then. ``durable`` raises
    ``RuntimeError`` inside ``atomic``, like Django's own.
    """
    draw = drawing(limit, n, clock)
    name = digest(limit, key)
    using = using or router.db_for_write(_model())
    if durable:
        with transaction.atomic(using=using, durable=True):
            tally, taken = _take(using, name, draw)
    else:
        tally, taken = _take(using, name, draw)
    if not taken:
        raise limit.refusal(draw, tally)
    return limit.left(tally, draw.now)


def refund(
    limit: Limit,
    key: str | int,
    n: int = 1,
    *,
    using: str | None = None,
    clock: Clock = time.time,
) -> None:
    """Give back ``n`` that were taken; what has ended by itself stays ended."""
    draw = drawing(limit, n, clock)
    _rows(using).filter(pk=digest(limit, key), ends__gt=draw.now).update(
        used=Case(When(used__gt=draw.n, then=F("used") - draw.n), default=Value(0)),
        ends=F("ends") - draw.step,
    )


def reset(limit: Limit, key: str | int, *, using: str | None = None) -> None:
    """Forget what the key has used: a login has succeeded."""
    _rows(using).filter(pk=digest(limit, key)).delete()


def _take(using: str, name: str, draw: Draw) -> tuple[Tally, bool]:
    connection = connections[using]
    # What returns no rows from an INSERT is an SQLite before 3.35.
    if connection.vendor in _CONDITIONAL and connection.features.can_return_columns_from_insert:
        return _upsert(connection, name, draw)
    # One transaction: what is read after the update is what the update has written.
    with together(using):
        return _update(_rows(using), name, draw)


def _upsert(connection: Any, name: str, draw: Draw) -> tuple[Tally, bool]:
    now, most, latest = draw.now, draw.most - draw.n, draw.latest - draw.step
    values = (name, draw.n, draw.begin, now, now, draw.step, now, most, latest)
    try:
        with connection.cursor() as cursor:
            cursor.execute(_UPSERT, values)
            row = cursor.fetchone()
    except DatabaseError:
        # As Django does for its own: this is the end of the transaction around it.
        if connection.in_atomic_block:
            connection.set_rollback(True)
        raise
    if row is None:
        return _read(_rows(connection.alias), name) or Tally(), False
    return Tally(*row), True


def _update(rows: Any, name: str, draw: Draw) -> tuple[Tally, bool]:
    taken = _change(rows, name, draw)
    tally = _read(rows, name)
    if tally is None:
        # Whoever is first makes the row; the others wait for it here.
        rows.bulk_create(
            [rows.model(key=name, used=0, ends=0)],
            update_conflicts=True,
            update_fields=["made"],
            unique_fields=_unique(rows),
        )
        taken = _change(rows, name, draw)
        tally = _read(rows, name) or Tally()
    return tally, taken


def _change(rows: Any, name: str, draw: Draw) -> bool:
    ended = Q(ends__lte=draw.now)
    fits = Q(used__lte=draw.most - draw.n, ends__lte=draw.latest - draw.step)
    # MySQL sees what it has just assigned: `used` is calculated before `ends` changes.
    changed = rows.filter(ended | fits, pk=name).update(
        used=Case(When(ended, then=Value(draw.n)), default=F("used") + draw.n),
        ends=Case(When(ended, then=Value(draw.begin)), default=F("ends") + draw.step),
    )
    return bool(changed)


def _read(rows: Any, name: str) -> Tally | None:
    row = rows.filter(pk=name).values_list("used", "ends").first()
    return None if row is None else Tally(*row)


def _unique(rows: Any) -> list[str] | None:
    # MySQL takes every unique index and refuses to be told one.
    features = connections[rows.db].features
    return ["key"] if features.supports_update_conflicts_with_target else None


def _rows(using: str | None) -> Any:
    model = _model()
    return model.objects.using(using or router.db_for_write(model))


@functools.cache
def _model() -> Any:
    # Not at import: the models are there when Django has been set up.
    return apps.get_model("tocsin_guard", "Tally")
