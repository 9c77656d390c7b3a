"""A right as a dependency: asked in the transaction that the endpoint works in."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any, get_args

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession

from tocsin.guard import sqlalchemy as plain
from tocsin.guard.sqlalchemy import asyncio as awaited


def authorized(rule: Callable[..., Any], db: Any) -> Any:
    """A dependency whose value is the row that gives a right; see ``authorize``.

    ``rule`` is a dependency itself, so that it may ask for the path and for who is logged in; it
    returns a SELECT, or what ``holds`` and ``owns`` make. ``db`` is the annotated type by which
    endpoints ask for their session: with any other, the lock would be held elsewhere. ::

        def own_item(item_id: int, me: Me) -> Grant[Item]:
            return owns(Item, item_id, Item.owner == me)

        OwnItem = Annotated[Item, authorized(own_item, Db)]

    Raises ``TypeError`` if ``db`` is no such type.
    """
    session, *dependencies = get_args(db) or (None,)
    if not isinstance(session, type) or not dependencies:
        raise TypeError("db: what endpoints write, such as Annotated[Session, transaction(…)]")

    async def granted_awaited(grant: Any, session: Any) -> Any:
        return await awaited.authorize(session, grant)

    def granted(grant: Any, session: Any) -> Any:
        return plain.authorize(session, grant)

    asks: Any = granted_awaited if issubclass(session, AsyncSession) else granted
    asks.__signature__ = _taking(grant=Annotated[Any, Depends(rule)], session=db)
    return Depends(asks, use_cache=False)


def _taking(**types: Any) -> inspect.Signature:
    kind = inspect.Parameter.KEYWORD_ONLY
    named = [inspect.Parameter(name, kind, annotation=given) for name, given in types.items()]
    return inspect.Signature(named)
