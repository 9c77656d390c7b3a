"""Verify and execute: what a right rests on stays true until its effect is committed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tocsin.guard.django.blocks import atomic
from tocsin.guard.django.locks import alone, shared
from tocsin.guard.django.rows import Rows, database, queryset
from tocsin.guard.errors import Denied, GuardError, Missing


@dataclass(frozen=True, slots=True)
class Grant:
    """What has to be in the database for a request to be allowed: a question, not its answer.

    One of ``ways`` has to find a row; ``detail`` is what those are told for whom none does. For a
    right to one thing, ``thing`` is that row whosever it is.
    """

    ways: tuple[Any, ...]
    detail: str
    secret: bool = False
    thing: Any = None


def holds(rows: Rows, *others: Rows, detail: str = "not allowed", secret: bool = False) -> Grant:
    """A right that rests on a row: of a role, a group, a membership; of ``rows`` or of ``others``.

    Every row that a queryset joins counts. Whoever lacks the right gets 403, or 404 where it is
    ``secret`` that there is something to ask for.
    """
    ways = tuple(queryset(each) for each in (rows, *others))
    return Grant(ways, "not found" if secret else detail, secret)


def owns(rows: Rows, key: object, *conditions: Any, secret: bool = False, **fields: Any) -> Grant:
    """A right to the row of ``key``, for what it says, such as whose it is: as for ``filter``.

    Whoever lacks it gets 403, and 404 if there is no such row, or where that is ``secret``.
    """
    thing = queryset(rows).filter(pk=key)
    named = thing.model._meta.verbose_name
    detail = f"no such {named}" if secret else f"not your {named}"
    return Grant((thing.filter(*conditions, **fields),), detail, secret, thing)


def authorize(grant: Grant | Rows) -> Any:
    """Ask for a right in the transaction of its effect, and return the row that gives it.

    All rows that the right rests on are locked and as they now are: whoever takes it away waits
    for the end of the transaction, or was first. A model, a manager or a queryset is asked as
    ``holds`` says. Raises ``Denied`` or ``Missing``, and ``RuntimeError`` outside a transaction.
    """
    asked = grant if isinstance(grant, Grant) else holds(grant)
    for way in asked.ways:
        # One's own is going to be changed: two who share its lock would wait for each other.
        found = shared(way) if asked.thing is None else alone(way)
        if found:
            return found[0]
    raise _refusal(asked)


@contextmanager
def authorized(grant: Grant | Rows) -> Iterator[Any]:
    """A right and its effect in one transaction: the block. Raises what ``authorize`` does."""
    asked = grant if isinstance(grant, Grant) else holds(grant)
    with atomic(database(asked.ways[0])):
        yield authorize(asked)


def _refusal(asked: Grant) -> GuardError:
    if asked.secret:
        return Missing(asked.detail)
    if asked.thing is not None and not asked.thing.exists():
        return Missing("not found")
    return Denied(asked.detail)
