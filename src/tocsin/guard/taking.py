"""What a row says is left, as columns of one's own tell it: so much, or so much of so much.

Looking and taking are one conditional UPDATE. This module says what is asked for, and how a refusal
is told; what a store does about it stands in the store's module.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from tocsin.guard.errors import Conflict, GuardError, Missing, Unprocessable

Amount: TypeAlias = int | Decimal

_MOST = 2**53 - 1
"""More than any row has, and no database calculates past its numbers on the way there."""


@dataclass(frozen=True, slots=True)
class Take:
    """One request for ``n``: of the column ``left``, or of ``most``, of which ``used`` are used.

    ``most`` is the name of a column, or a number.
    """

    n: Amount
    left: str | None
    used: str | None
    most: str | Amount | None

    @property
    def possible(self) -> bool:
        """Whether any row may have that much: databases cannot compare all numbers of Python."""
        return self.n <= _MOST

    @property
    def column(self) -> str:
        """What is changed."""
        return str(self.left or self.used)

    @property
    def columns(self) -> tuple[str, ...]:
        """What tells how much is left."""
        return (self.column, self.most) if isinstance(self.most, str) else (self.column,)

    def refusal(self, name: str, found: Sequence[Amount | None] | None) -> GuardError:
        """Why nothing was taken. ``found`` are the ``columns``, and None without a row."""
        if found is None:
            return Missing(f"no such {name}")
        numbers = [each or 0 for each in found]
        if isinstance(self.most, int | Decimal):
            numbers.append(self.most)
        left = numbers[0] if self.used is None else max(0, numbers[1] - numbers[0])
        return Conflict(f"{name}: {left} left, {self.n} asked for")


def taking(n: Amount, *, left: str | None, used: str | None, most: str | Amount | None) -> Take:
    """What is asked for.

    Raises ``Unprocessable`` for an amount that is not above 0, ``ValueError`` where the columns
    that are named do not say what is left.
    """
    if (left is None) == (used is None) or (used is None) != (most is None):
        raise ValueError("what is left: left='column', or used='column' and most='column'")
    if not _is_positive(n):
        raise Unprocessable(f"an amount is a number above 0, not {n!r:.40}")
    return Take(n, left, used, most)


def _is_positive(n: object) -> bool:
    if isinstance(n, Decimal):
        return not n.is_nan() and n > 0
    return isinstance(n, int) and not isinstance(n, bool) and n > 0
