"""Attempts that are counted, by the guards for limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol


class Limiter(Protocol):
    """Attempts that are counted. Both may be coroutine functions.

    What is counted is kept whatever becomes of the request: never in its transaction, which a
    refusal rolls back.
    """

    @property
    def consume(self) -> Callable[[str], Any]:
        """Take one of a key's attempts, in one step. Raises ``TooMany``."""
        ...

    @property
    def refund(self) -> Callable[[str], Any]:
        """Give it back."""
        ...


@dataclass(frozen=True, slots=True)
class Counting:
    """A `Limiter` of two functions.

    Those of the guards for limits, with all but their key: ``Counting(partial(consume, tallies,
    LOGIN), partial(refund, tallies, LOGIN))``.
    """

    consume: Callable[[str], Any]
    refund: Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Limits:
    """Failed attempts and those under way: for one account, and from one address.

    Each is taken before the password is looked at, so that those who ask in parallel get no more,
    and given back when it was right. It is not set back to nothing then: whoever has one account
    could begin anew with the others. Let ``account`` be more than a client sends in parallel.
    """

    account: Limiter
    address: Limiter
