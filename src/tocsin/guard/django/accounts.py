"""Accounts of ``django.contrib.auth`` or of another model, and who somebody is now."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import hashers

from tocsin.guard.basic.accounts import Account, Verified
from tocsin.guard.basic.challenge import refused
from tocsin.guard.basic.header import prepared
from tocsin.guard.django.locks import alone, shared
from tocsin.guard.django.rows import Rows, queryset

_NOBODYS = "!"
"""No hash: comparing with it takes as long as with one of the preferred algorithm."""


class Passwords:
    """Passwords hashed as ``PASSWORD_HASHERS`` says."""

    def hash(self, password: str) -> str:
        made: str = hashers.make_password(prepared(password))
        return made

    def verify(self, stored: str | None, password: str) -> bool:
        given = prepared(password)
        try:
            return bool(hashers.check_password(given, stored or _NOBODYS))
        except (ValueError, AssertionError):
            # It begins like a hash and is none.
            hashers.check_password(given, _NOBODYS)
            return False

    def stale(self, stored: str) -> bool:
        preferred = hashers.get_hasher()
        used = hashers.identify_hasher(stored)
        return bool(used.algorithm != preferred.algorithm or preferred.must_update(stored))


class Accounts:
    """The rows of a model, or of a queryset, as accounts; by default they are Django's users.

    What it does is in a transaction of its own unless there is one: it is meant to be asked before
    the view's begins. ``active`` is the field that closes an account; None where there is none.
    """

    def __init__(
        self,
        rows: Rows,
        *,
        username: str | None = None,
        password: str = "password",  # noqa: S107 # the name of a column
        active: str | None = "is_active",
    ) -> None:
        self._rows = rows
        self._username = username or queryset(rows).model.USERNAME_FIELD
        self._password = password
        self._active = active

    def find(self, username: str) -> Account | None:
        columns = [self._username, self._password, *([self._active] if self._active else [])]
        row = self._named(username).values_list(*columns).first()
        return None if row is None else Account(row[0], row[1] or "", all(row[2:]))

    def renew(self, account: Account, anew: str) -> bool:
        old = self._named(account.username).filter(**{self._password: account.stored})
        return bool(old.update(**{self._password: anew}) == 1)

    def proven(self, verified: Verified) -> Any:
        """The queryset of who has proven to be somebody, to be narrowed: for grants.

        ``holds(users.proven(request.me).filter(is_superuser=True))`` is asked with its lock.
        """
        found = self._named(verified.username).filter(**{self._password: verified.stored})
        return found.filter(**{self._active: True}) if self._active else found

    def identity(self, verified: Verified, *, change: bool = False) -> Any:
        """The row of who has proven to be somebody, as it now is, locked until the commit.

        It is asked in the transaction that uses it, whose roles and groups it tells. Several may
        hold that lock; ``change`` is for who is going to change the row itself, or two of one's
        own requests would wait for each other. Raises ``Unauthenticated`` if the account is gone or
        closed, or its password another by now, and ``RuntimeError`` outside a transaction.
        """
        now = self.proven(verified)
        found = alone(now) if change else shared(now)
        if not found:
            raise refused(verified.realm)
        return found[0]

    def _named(self, username: str) -> Any:
        return queryset(self._rows).filter(**{self._username: username})
