"""Accounts in a table, and who somebody is now: for HTTP Basic authentication."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, cast

from sqlalchemy import ColumnElement, CursorResult, Select, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import Session, sessionmaker

from tocsin.guard.basic.accounts import Account, Verified
from tocsin.guard.basic.challenge import refused
from tocsin.guard.basic.counting import Counting
from tocsin.guard.errors import Denied, Missing
from tocsin.guard.limits import Limit
from tocsin.guard.sqlalchemy.authorize import Grant, authorize
from tocsin.guard.sqlalchemy.limits import consume, refund
from tocsin.guard.sqlalchemy.rows import Db

M = TypeVar("M")
P = ParamSpec("P")
R = TypeVar("R")


class Table(Generic[M]):
    """The rows of a mapped class as accounts. ``active`` is the condition of those that count."""

    def __init__(
        self,
        model: type[M],
        *,
        username: str = "username",
        password: str = "password",  # noqa: S107 # the name of a column
        active: ColumnElement[bool] | None = None,
    ) -> None:
        self._model = model
        self._username: Any = getattr(model, username)
        self._password: Any = getattr(model, password)
        self._active = active

    def find(self, session: Session, username: str) -> Account | None:
        """The account of that name."""
        active = true() if self._active is None else self._active
        asked = select(self._username, self._password, active)
        row = session.execute(asked.where(self._username == username)).one_or_none()
        return None if row is None else Account(row[0], row[1] or "", bool(row[2]))

    def renew(self, session: Session, account: Account, anew: str) -> bool:
        """The other hash, if the old one is still there; whether it was."""
        renewed = (
            update(self._model)
            .where(self._username == account.username, self._password == account.stored)
            .values({self._password: anew})
            .execution_options(synchronize_session=False)
        )
        return cast("CursorResult[Any]", session.execute(renewed)).rowcount == 1

    def proven(self, verified: Verified) -> Select[tuple[M]]:
        """The SELECT of who has proven to be somebody, to be narrowed: for grants.

        ``execute(…, grant=users.proven(me).where(User.role == "admin"))`` asks within the effect.
        """
        found: Select[Any] = select(self._model).where(
            self._username == verified.username,
            self._password == verified.stored,
            *(() if self._active is None else (self._active,)),
        )
        return found

    def identity(self, session: Db, verified: Verified, *, change: bool = False) -> M:
        """The row of who has proven to be somebody, as it now is, locked until the commit.

        It is asked in the transaction that uses it, whose roles and groups it tells. Several may
        hold that lock; ``change`` is for who is going to change the row itself, or two of one's
        own requests would wait for each other. Raises ``Unauthenticated`` if the account is gone or
        closed, or its password another by now.
        """
        now: Select[Any] = self.proven(verified)
        try:
            return cast("M", authorize(session, Grant(now, "", thing=now if change else None)))
        except (Denied, Missing):
            raise refused(verified.realm) from None


class Accounts(Generic[M]):
    """What a `Gate` asks, each time in a transaction of its own."""

    def __init__(self, sessions: sessionmaker[Session], table: Table[M]) -> None:
        self._sessions = sessions
        self._table = table

    def find(self, username: str) -> Account | None:
        return self._alone(self._table.find, username)

    def renew(self, account: Account, anew: str) -> bool:
        return self._alone(self._table.renew, account, anew)

    def proven(self, verified: Verified) -> Select[tuple[M]]:
        """See ``Table.proven``."""
        return self._table.proven(verified)

    def identity(self, session: Db, verified: Verified, *, change: bool = False) -> M:
        """See ``Table.identity``: asked in the session that uses it."""
        return self._table.identity(session, verified, change=change)

    def _alone(
        self, verb: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        with self._sessions.begin() as session:
            return verb(session, *args, **kwargs)


class AsyncAccounts(Generic[M]):
    """`Accounts` on an ``async_sessionmaker``: everything is awaited."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession], table: Table[M]) -> None:
        self._sessions = sessions
        self._table = table

    async def find(self, username: str) -> Account | None:
        return await self._alone(self._table.find, username)

    async def renew(self, account: Account, anew: str) -> bool:
        return await self._alone(self._table.renew, account, anew)

    def proven(self, verified: Verified) -> Select[tuple[M]]:
        """See ``Table.proven``: nothing is asked yet, so nothing is awaited."""
        return self._table.proven(verified)

    async def identity(
        self, session: AsyncSession, verified: Verified, *, change: bool = False
    ) -> M:
        """See ``Table.identity``: asked in the session that uses it."""
        return await session.run_sync(self._table.identity, verified, change=change)

    async def _alone(
        self, verb: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        async with self._sessions.begin() as session:
            return await session.run_sync(verb, *args, **kwargs)


def counting(sessions: sessionmaker[Session], limit: Limit) -> Counting:
    """Attempts that are counted in transactions of their own, whatever becomes of the request."""

    def alone(verb: Callable[[Session, Limit, str], object], key: str) -> None:
        with sessions.begin() as session:
            verb(session, limit, key)

    return Counting(partial(alone, consume), partial(alone, refund))


def counting_async(sessions: async_sessionmaker[AsyncSession], limit: Limit) -> Counting:
    """`counting` on an ``async_sessionmaker``."""

    async def alone(verb: Callable[[Session, Limit, str], object], key: str) -> None:
        async with sessions.begin() as session:
            await session.run_sync(verb, limit, key)

    return Counting(partial(alone, consume), partial(alone, refund))
