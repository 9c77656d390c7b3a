"""A session that is committed before anything is sent.

What a dependency does after ``yield`` runs once the answer is out, unless its scope is
``"function"`` (FastAPI 0.121). A commit there that fails has already been reported as a success.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Protocol

from fastapi import Depends


class Sessions(Protocol):
    """``sessionmaker`` and ``async_sessionmaker`` of SQLAlchemy."""

    def __call__(self) -> Any: ...


def transaction(sessions: Sessions) -> Any:
    """A dependency: one session in one transaction, for all who depend on it in a request.

    It is committed when the endpoint has returned and before the answer is sent, and rolled back
    when the endpoint raises; a ``StaleDataError`` is then a ``Conflict``. Bind it once and use that
    name everywhere::

        Db = Annotated[AsyncSession, transaction(async_sessions)]
    """
    waits = hasattr(sessions(), "__aenter__")
    return Depends(_awaited(sessions) if waits else _plain(sessions), scope="function")


def _awaited(sessions: Sessions) -> Any:
    from tocsin.guard.sqlalchemy.versions import conflicts

    async def session() -> AsyncIterator[Any]:
        with conflicts():
            # Not ``sessions.begin()``: that commits in another task than the request's.
            async with sessions() as opened, opened.begin():
                yield opened

    return session


def _plain(sessions: Sessions) -> Any:
    from tocsin.guard.sqlalchemy.versions import conflicts

    def session() -> Iterator[Any]:
        with conflicts(), sessions() as opened, opened.begin():
            yield opened

    return session
