"""Who gets in: HTTP Basic authentication, step by step."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

from tocsin.guard.basic.accounts import Account, Accounts, Verified
from tocsin.guard.basic.bursts import Bursts
from tocsin.guard.basic.challenge import challenge, refused
from tocsin.guard.basic.client import Client, Proxies
from tocsin.guard.basic.counting import Limits
from tocsin.guard.basic.events import Attempt, Burst, Outcome, Watcher, tell
from tocsin.guard.basic.hashes import Passwords
from tocsin.guard.basic.header import Credentials, parse
from tocsin.guard.basic.perform import Perform
from tocsin.guard.errors import Denied, Malformed, TooMany

_TRIES = 3
"""How often a hash may be renewed by others while this login renews it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Everything that decides. ``limits`` may be None where something in front counts attempts.

    ``plain`` accepts passwords that everybody on the way can read: for one's own machine.
    """

    accounts: Accounts
    passwords: Passwords
    limits: Limits | None
    realm: str
    proxies: Proxies = field(default_factory=Proxies)
    plain: bool = False
    bursts: Bursts | None = field(default_factory=Bursts)
    watchers: tuple[Watcher, ...] = ()

    def __post_init__(self) -> None:
        challenge(self.realm)

    async def admit(self, authorization: str | None, client: Client, perform: Perform) -> Verified:
        """Decide about a request with this ``Authorization`` header; see `perform`.

        Raises ``Unauthenticated`` with a challenge, ``TooMany`` with ``Retry-After``, and
        ``Denied`` over plain HTTP, before anything else is looked at.
        """
        if not (client.secure or self.plain):
            self._tell(Outcome.PLAIN, None, client)
            # No challenge: a browser would answer it with a password that all can read.
            raise Denied("credentials are accepted over HTTPS only")
        credentials = self._read(authorization, client)
        self._note(credentials, client)
        address = f"address:{client.key}"
        await self._count(address, credentials, client, perform, of_address=True)
        found: Account | None = await perform(self.accounts.find, credentials.username)
        # By the name that is stored: a database may take other spellings for it than we do.
        name = credentials.username if found is None else found.username
        account = f"account:{_folded(name)}"
        await self._count(account, credentials, client, perform)
        proven = await self._proven(found, credentials, client, perform)
        if self.limits is not None:
            await perform(self.limits.account.refund, account)
            await perform(self.limits.address.refund, address)
        self._tell(Outcome.ACCEPTED, credentials, client)
        return Verified(proven.username, proven.stored, self.realm)

    async def _count(
        self,
        key: str,
        credentials: Credentials,
        client: Client,
        perform: Perform,
        *,
        of_address: bool = False,
    ) -> None:
        """Take an attempt. An address that has used up its own cannot use up an account's."""
        if self.limits is None:
            return
        limiter = self.limits.address if of_address else self.limits.account
        try:
            await perform(limiter.consume, key)
        except TooMany:
            self._tell(Outcome.LIMITED, credentials, client)
            raise

    def _read(self, authorization: str | None, client: Client) -> Credentials:
        if authorization is None:
            self._tell(Outcome.ABSENT, None, client)
            raise refused(self.realm)
        try:
            return parse(authorization)
        except Malformed:
            self._tell(Outcome.UNREADABLE, None, client)
            raise refused(self.realm) from None

    def _note(self, credentials: Credentials, client: Client) -> None:
        name = _folded(credentials.username)
        if self.bursts is not None and self.bursts.arrived(name):
            told = (self.bursts.requests, self.bursts.seconds)
            tell(self.watchers, Burst(credentials.username, client.address, *told))

    async def _proven(
        self,
        account: Account | None,
        credentials: Credentials,
        client: Client,
        perform: Perform,
    ) -> Account:
        """The account whose password it is, with the hash that is stored now."""
        for _ in range(_TRIES):
            stored = None if account is None else account.stored
            right = await perform(self.passwords.verify, stored, credentials.password)
            if account is None or right is not True or not account.active:
                self._tell(_failure(account, right=right is True), credentials, client)
                raise refused(self.realm)
            if not self.passwords.stale(account.stored):
                return account
            anew = await perform(self.passwords.hash, credentials.password)
            if await perform(self.accounts.renew, account, anew):
                return Account(account.username, anew)
            # Another login has renewed it, or the password is another by now.
            account = await perform(self.accounts.find, credentials.username)
        self._tell(Outcome.WRONG, credentials, client)
        raise refused(self.realm)

    def _tell(self, outcome: Outcome, credentials: Credentials | None, client: Client) -> None:
        username = None if credentials is None else credentials.username
        tell(self.watchers, Attempt(outcome, username, client.address))


def _failure(account: Account | None, *, right: bool) -> Outcome:
    if account is None:
        return Outcome.UNKNOWN
    return Outcome.INACTIVE if right else Outcome.WRONG


def _folded(username: str) -> str:
    """One key for all spellings that a database may take for one name."""
    return unicodedata.normalize("NFKC", username).casefold()
