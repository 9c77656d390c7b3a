"""Whom there is, and what remains of a login: a proof, no identity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Account:
    """A row of the table of users, as far as a login needs it."""

    username: str
    stored: str = field(repr=False)
    active: bool = True


class Accounts(Protocol):
    """Where accounts are. Both may be coroutine functions."""

    @property
    def find(self) -> Callable[[str], Any]:
        """From a username to an ``Account``, or None. Reads what is committed now."""
        ...

    @property
    def renew(self) -> Callable[[Account, str], Any]:
        """Store another hash if the old one is still there, in one statement; whether it was.

        Without that condition a login that began before somebody changed their password brings
        the old one back.
        """
        ...


@dataclass(frozen=True, slots=True)
class Verified:
    """Somebody has proven to be ``username``, by the password whose hash is ``stored``.

    Roles, groups and whether the account still has that password are asked for in the transaction
    that uses them: ``identity`` of the guards for SQLAlchemy and Django.
    """

    username: str
    stored: str = field(repr=False)
    realm: str
