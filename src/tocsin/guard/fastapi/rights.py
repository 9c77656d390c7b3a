"""Rights and state as dependencies: asked in the transaction that the endpoint works in."""

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

    async def granted_awaited(asked: Any, session: Any) -> Any:
        return await awaited.authorize(session, asked)

    def granted(asked: Any, session: Any) -> Any:
        return plain.authorize(session, asked)

    return _asking(rule, db, granted, granted_awaited)


def unchanged(rule: Callable[..., Any], db: Any) -> Any:
    """A dependency whose value is the state that the endpoint relies on; see ``unchanged``.

    ``rule`` returns a SELECT, or several; it and ``db`` are as for ``authorized``. Of a router or
    an application (``dependencies=[…]``), it is for all endpoints of it.
    """

    async def captured_awaited(asked: Any, session: Any) -> Any:
        return await awaited.unchanged(session, *_several(asked))

    def captured(asked: Any, session: Any) -> Any:
        return plain.unchanged(session, *_several(asked))

    return _asking(rule, db, captured, captured_awaited)


def _several(asked: Any) -> tuple[Any, ...]:
    return tuple(asked) if isinstance(asked, tuple | list) else (asked,)


def _asking(rule: Callable[..., Any], db: Any, sync: Any, asynchronous: Any) -> Any:
    """One of two functions as a dependency that takes what the rule says, and the session."""
    session, *dependencies = get_args(db) or (None,)
    if not isinstance(session, type) or not dependencies:
        raise TypeError("db: what endpoints write, such as Annotated[Session, transaction(…)]")
    asks = asynchronous if issubclass(session, AsyncSession) else sync
    kind = inspect.Parameter.KEYWORD_ONLY
    types = {"asked": Annotated[Any, Depends(rule)], "session": db}
    asks.__signature__ = inspect.Signature(
        [inspect.Parameter(name, kind, annotation=given) for name, given in types.items()]
    )
    # Asked each time that it is depended on: an answer of before is none.
    return Depends(asks, use_cache=False)
