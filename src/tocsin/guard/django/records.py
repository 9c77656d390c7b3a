"""Requests that are carried out once: key, effect and answer are one transaction.

Rows of the application ``tocsin.guard.django.tables``. Whoever comes while the first is at work
waits for its transaction. When the first fails, or its process dies, nothing is left of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import OperationalError, connections, router, transaction

from tocsin.guard.idempotency import KEEP, LEASE, WAIT, Answer, Asked, Record, busy, judge, keeps
from tocsin.guard.limits import Clock, micros
from tocsin.guard.waiting import BOUNDS, in_vain


def once(
    asked: Asked | None,
    work: Callable[[], Answer],
    *,
    using: str | None = None,
    keep: float = KEEP,
    lease: float = LEASE,
    wait: float = WAIT,
    clock: Clock = time.time,
) -> Answer:
    """The answer of ``work``, or the one it gave before; ``atomic``, and work is inside.

    When ``work`` raises, all of it is rolled back. An answer of 500 or more is not kept, and its
    effect is rolled back, too. Without a key (None) work is done ``atomic`` and no more.

    Raises ``Conflict`` when the first is at work for longer than ``wait`` seconds (SQLite: than its
    connection's ``timeout``), ``Unprocessable`` for another request under the same key.
    """
    rows = _rows(using)
    with transaction.atomic(using=rows.db):
        if asked is None:
            return work()
        now = micros(clock)
        claim = Record.fresh(asked, now, lease=lease, keep=keep)
        with _bounded(rows.db, wait):
            kept = _claim(rows, asked, claim, now)
        if kept is not None:
            return kept
        answer = work()
        if not keeps(answer):
            transaction.set_rollback(True, using=rows.db)
        elif not rows.filter(pk=asked.id, token=claim.token).update(answer=answer.encode()):
            raise busy()
        return answer


def _claim(rows: Any, asked: Asked, claim: Record, now: int) -> Answer | None:
    """Be the first, or get what the first has answered."""
    row = rows.model(
        key=asked.id,
        fingerprint=claim.fingerprint,
        token=claim.token,
        lease=claim.lease,
        ends=claim.ends,
    )
    rows.bulk_create([row], ignore_conflicts=True)
    found = rows.filter(pk=asked.id).first()
    if found is None:
        raise busy()
    if found.token == claim.token:
        return None
    record = Record(found.fingerprint, found.token, found.lease, found.ends, found.answer)
    kept = judge(record, asked, now)
    if kept is None and not rows.filter(pk=asked.id, token=record.token).update(
        fingerprint=claim.fingerprint,
        token=claim.token,
        lease=claim.lease,
        ends=claim.ends,
        answer=None,
    ):
        raise busy()
    return kept


@contextmanager
def _bounded(using: str, wait: float) -> Iterator[None]:
    """Wait no longer than this for others."""
    bound = BOUNDS.get(connections[using].vendor)
    held = None
    if bound is not None:
        held = _told(using, bound.held)
        _execute(using, bound.of(wait))
    try:
        yield
    except OperationalError as error:
        # What is not lasting ends with the transaction, in which nothing more can be said.
        if bound is not None and bound.lasting:
            _take_back(using, bound.back(held))
        if in_vain(error.__cause__):
            raise busy() from error
        raise
    except BaseException:
        if bound is not None:
            _take_back(using, bound.back(held))
        raise
    if bound is not None:
        _execute(using, bound.back(held))


def _told(using: str, statement: str) -> Any:
    with connections[using].cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def _execute(using: str, statement: str) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute(statement)


def _take_back(using: str, statement: str) -> None:
    """After an error Django lets nothing through to the transaction, which is rolled back then."""
    broken = transaction.get_rollback(using=using)
    transaction.set_rollback(False, using=using)
    _execute(using, statement)
    transaction.set_rollback(broken, using=using)


def _rows(using: str | None) -> Any:
    # Not at import: the models are there when Django has been set up.
    model: Any = apps.get_model("tocsin_guard", "Once")
    return model.objects.using(using or router.db_for_write(model))
