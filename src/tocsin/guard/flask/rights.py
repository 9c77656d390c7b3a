"""A right as a decorator: the view is the transaction in which it was asked."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from tocsin.guard.sqlalchemy import authorized as block
from tocsin.guard.sqlalchemy.rows import Db

R = TypeVar("R")


def authorized(
    session: Db, rule: Callable[..., Any], *, into: str | None = None
) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """A decorator of views, under the route. See ``authorize`` of ``tocsin.guard.sqlalchemy``.

    ``rule`` takes what the view takes from the path, and returns a SELECT or what ``holds`` and
    ``owns`` make. The right and what the view does are one transaction, committed when the view
    has returned and rolled back when it raises; the view commits nothing. ``into`` names the
    argument that takes the row. ::

        def own_item(item_id):
            return owns(Item, item_id, Item.owner == g.me)

        @app.put("/items/<int:item_id>")
        @authorized(db.session, own_item, into="item")
        def rename(item_id, item): ...
    """

    def decorate(view: Callable[..., R]) -> Callable[..., R]:
        @wraps(view)
        def guarded(**path: Any) -> R:
            with block(session, rule(**path)) as row:
                return view(**path, **({} if into is None else {into: row}))

        return guarded

    return decorate
