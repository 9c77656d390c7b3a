"""The same verb for an ``AsyncSession``: nothing is written twice."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

P = ParamSpec("P")
R = TypeVar("R")


def asynchronous(
    verb: Callable[Concatenate[Session, P], R],
) -> Callable[Concatenate[AsyncSession, P], Coroutine[Any, Any, R]]:
    """A verb that takes a ``Session``, as one that takes an ``AsyncSession`` and is awaited."""

    @functools.wraps(verb)
    async def awaited(session: AsyncSession, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return await session.run_sync(verb, *args, **kwargs)

    return awaited
