"""Rows that nobody else changes until the transaction ends."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections

from tocsin.guard.django.rows import Rows, database, queryset
from tocsin.guard.errors import Missing

# Django has no word for locks that readers share. Words that MariaDB knows, too.
_SHARED: Mapping[str, str] = MappingProxyType(
    {"postgresql": "FOR SHARE", "mysql": "LOCK IN SHARE MODE"}
)


def lock(rows: Rows, *keys: object) -> tuple[Any, ...]:
    """The rows of these primary keys, locked and as they now are, in the order of ``keys``.

    They are locked in the order of the table, so that two requests cannot wait for each other.
    Raises ``Missing`` if there is no such row, ``RuntimeError`` outside a transaction.
    """
    wanted = queryset(rows).filter(pk__in=set(keys)).order_by("pk")
    by_key = {row.pk: row for row in alone(wanted)}
    if any(key not in by_key for key in keys):
        raise Missing(f"no such {wanted.model._meta.verbose_name}")
    return tuple(by_key[key] for key in keys)


def alone(rows: Any) -> list[Any]:
    """All rows of a queryset, with those it joins: others may refer to them, and do no more.

    Raises ``RuntimeError`` outside a transaction.
    """
    using = in_transaction(rows)
    no_key = connections[using].features.has_select_for_no_key_update
    return list(rows.using(using).select_for_update(no_key=no_key))


def shared(rows: Any) -> list[Any]:
    """All rows of a queryset, with those it joins: others may read them, and change none.

    Raises ``RuntimeError`` outside a transaction.
    """
    using = in_transaction(rows)
    words = _SHARED.get(connections[using].vendor)
    chosen = rows.using(using)
    if words is None:
        return list(chosen.select_for_update())
    try:
        sql, parameters = chosen.query.sql_with_params()
    except EmptyResultSet:
        return []
    return list(rows.model._base_manager.using(using).raw(f"{sql} {words}", parameters))


def in_transaction(rows: Any) -> str:
    """The connection of a queryset. Raises ``RuntimeError`` where no transaction holds locks."""
    using = database(rows)
    if not connections[using].in_atomic_block:
        raise RuntimeError("a lock lasts as long as its transaction: there is none here")
    return using
