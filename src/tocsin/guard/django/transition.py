"""A state that changes once, in one UPDATE that says what it was."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tocsin.guard.django.rows import Rows, database, of_one_table, queryset, together
from tocsin.guard.transitions import Transitions, refusal, sources

_NOTHING: Mapping[str, Any] = MappingProxyType({})


def transition(
    rows: Rows,
    key: object,
    *,
    to: object,
    from_: object = None,
    table: Transitions | None = None,
    field: str = "status",
    values: Mapping[str, Any] = _NOTHING,
    where: Any = None,
) -> Any:
    """Move the row of ``key`` to the state ``to``, and return it as it then is.

    ``rows`` are those that exist for who asks: a model, a manager or a queryset. ``from_`` is the
    state, or the states, it may come from; ``table`` says so for all states. ``values`` are set by
    the same UPDATE, and ``where``, a ``Q``, is what else it needs. In a transaction the row stays
    locked until that ends.

    Raises ``Missing`` if there is no such row, ``Conflict`` if it is in another state or ``where``
    does not hold, ``Unprocessable`` if ``to`` is not in the table, ``ValueError`` if what is asked
    protects nothing. Nothing is written then.
    """
    allowed = sources(from_, to, table)
    theirs = queryset(rows)
    conditions = () if where is None else (where,)
    # The usual single state without the list, whose SQL is put together anew for each statement.
    single = len(allowed) == 1 and allowed[0] is not None
    before = {field: allowed[0]} if single else {f"{field}__in": allowed}
    moved = theirs.filter(*conditions, pk=key, **before)
    of_one_table(moved, "transition")
    using = database(moved)
    with together(using):
        if allowed and moved.update(**{field: to, **values}):
            return moved.model._base_manager.using(using).get(pk=key)
        # Locked, so that it is read as of now also where transactions read from a snapshot.
        row = theirs.filter(pk=key).using(using)
        found = row.select_for_update().values_list(field).first()
    raise refusal(str(moved.model._meta.verbose_name), found, to, allowed)
