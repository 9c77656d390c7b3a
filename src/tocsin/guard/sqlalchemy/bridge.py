"""The same verb for an ``AsyncSession``: nothing is written twice."""

from __future__ import annotations

import functools
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
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


def asynchronous_block(
    block: Callable[Concatenate[Session, P], AbstractContextManager[R]],
) -> Callable[Concatenate[AsyncSession, P], AbstractAsyncContextManager[R]]:
    """A ``with`` block on a ``Session``, as an ``async with`` block on an ``AsyncSession``."""

    @asynccontextmanager
    @functools.wraps(block)
    async def awaited(
        session: AsyncSession, /, *args: P.args, **kwargs: P.kwargs
    ) -> AsyncIterator[R]:
        def entered(session: Session) -> tuple[AbstractContextManager[R], R]:
            opened = block(session, *args, **kwargs)
            return opened, opened.__enter__()

        opened, value = await session.run_sync(entered)
        try:
            yield value
        except BaseException:
            error = sys.exc_info()
            if not await session.run_sync(lambda _: opened.__exit__(*error)):
                raise
        else:
            await session.run_sync(lambda _: opened.__exit__(None, None, None))

    return awaited
