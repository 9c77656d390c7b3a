"""Take from what a row has: look and take in one UPDATE."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Value
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual

from tocsin.guard.django.rows import Rows, database, of_one_table, queryset, together
from tocsin.guard.taking import Amount, taking


def take(
    rows: Rows,
    key: object,
    n: Amount = 1,
    *,
    left: str | None = None,
    used: str | None = None,
    most: str | Amount | None = None,
) -> Any:
    """Take ``n`` of what the row of ``key`` has, and return it as it then is.

    ``rows`` are those that exist for who asks: a model, a manager or a queryset. ``left`` is the
    field that says how much there is: a balance, seats. Or ``used`` says how much of ``most`` is
    gone, which is another field or a number. In a transaction the row stays locked until that
    ends.

    Raises ``Missing`` if there is no such row, ``Conflict`` if it has not that much,
    ``Unprocessable`` for an amount that is not above 0, ``ValueError`` if the fields do not say
    what is left, or if a queryset looks at other tables. Nothing is taken then.
    """
    asked = taking(n, left=left, used=used, most=most)
    row = queryset(rows).filter(pk=key)
    column, *others = (F(name) for name in asked.columns)
    # Added, where it is used: MySQL refuses differences of unsigned columns below 0.
    after: Any = column - n if used is None else column + n
    bound: Any = others[0] if others else Value(most)
    fits = GreaterThanOrEqual(column, n) if used is None else LessThanOrEqual(after, bound)
    of_one_table(row.filter(fits), "take")
    using = database(row)
    with together(using):
        if asked.possible and row.using(using).filter(fits).update(**{asked.column: after}):
            return row.model._base_manager.using(using).get(pk=key)
        # Locked, so that it is read as of now also where transactions read from a snapshot.
        found = row.using(using).select_for_update().values_list(*asked.columns).first()
    raise asked.refusal(str(row.model._meta.verbose_name), found)
