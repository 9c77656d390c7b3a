"""What the verbs are handed: a model, a manager or a queryset."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeAlias

from django.db import connections, router, transaction
from django.db.models import Manager, Model, QuerySet

Rows: TypeAlias = Any
"""A model, a manager or a queryset. Django comes without types."""


def queryset(rows: Rows) -> Any:
    """All of a model or a manager; a queryset as it is. Raises ``TypeError`` for others."""
    if isinstance(rows, QuerySet):
        return rows
    if isinstance(rows, Manager):
        return rows.all()
    if isinstance(rows, type) and issubclass(rows, Model):
        model: Any = rows
        return model._default_manager.all()
    raise TypeError(f"a model, a manager or a queryset, not {type(rows).__name__}")


def database(rows: Any) -> str:
    """The connection that a queryset would write to."""
    chosen: str = rows._db or router.db_for_write(rows.model, **rows._hints)
    return chosen


def together(using: str) -> AbstractContextManager[object]:
    """The transaction there is, or one of its own."""
    if connections[using].in_atomic_block:
        return nullcontext()
    own: AbstractContextManager[object] = transaction.atomic(using=using)
    return own


def of_one_table(rows: Any, verb: str) -> None:
    """Raise ``ValueError`` if a queryset looks at other tables.

    Django then puts the conditions into a subquery. One that waited for the row's lock finds the
    row changed, and the database does not run the subquery again.
    """
    used = [alias for alias, count in rows.query.alias_refcount.items() if count]
    if len(used) > 1:
        name = rows.model.__name__
        raise ValueError(f"{verb}: conditions on columns of {name} itself, not of other tables")
