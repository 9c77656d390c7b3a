"""Edits of what was read before: the version that was read is part of the UPDATE."""

from __future__ import annotations

from typing import Any

from django.db.models import F

from tocsin.guard.django.locks import in_transaction
from tocsin.guard.django.rows import Rows, of_one_table, queryset
from tocsin.guard.errors import Missing
from tocsin.guard.preconditions import Preconditions, expected


def edit(rows: Rows, key: object, *, version: int | Preconditions, field: str = "version") -> Any:
    """Count the version of a row and return the row to be changed, if it is the one expected.

    ``rows`` are those that exist for who asks. ``version`` is what the client has read: a number
    of its body, or its preconditions. ``field`` is an integer field. The row stays locked until
    the transaction ends.

    Raises ``Missing`` if there is no such row; where the version is another, ``Conflict`` for a
    number and ``PreconditionFailed`` for preconditions, with nothing written; ``RuntimeError``
    outside a transaction, where the row could change before it is saved.
    """
    row = queryset(rows).filter(pk=key)
    using = in_transaction(row)
    wanted = expected(version)
    if not wanted.nothing:
        chosen = row if wanted.only is None else row.filter(**{f"{field}__in": wanted.only})
        chosen = chosen.exclude(**{f"{field}__in": wanted.never}) if wanted.never else chosen
        of_one_table(chosen, "edit")
        if chosen.using(using).update(**{field: F(field) + 1}):
            return row.model._base_manager.using(using).get(pk=key)
    # Locked, so that it is looked for as of now also where transactions read from a snapshot.
    if row.using(using).select_for_update().values_list("pk").first() is None:
        raise Missing(f"no such {row.model._meta.verbose_name}")
    raise wanted.refused()
