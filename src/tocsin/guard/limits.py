"""Limits that are used up: what they allow, and the arithmetic of taking from them.

Taking looks and takes in one step; there is nothing to ask before, because the answer would be old
when it is used. What a store keeps of a key is a ``Tally`` of two whole numbers. A ``Draw`` says
what one request changes about it, in the same two comparisons for every kind of limit, so that a
database or a script can decide in one statement.

Times are whole microseconds since the epoch. A ``Rate`` is the generic cell rate algorithm of
ITU-T I.371 (ATM Forum, Traffic Management 4.0, 4.4.2), in its form as a virtual schedule.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from tocsin.guard.errors import Conflict, GuardError, TooMany, Unprocessable

Clock = Callable[[], float]
"""Seconds since the epoch."""

SECOND = 1_000_000
NEVER = 2**53 - 1
"""Later than any clock says, and still exact where numbers are doubles, as in Lua."""

# Only copied: OpenSSL looks its algorithms up by name for each new one.
_UNTOLD = hashlib.sha256()


# Tuples: two of these are made for each request, and a frozen dataclass takes as long as hashing.
class Tally(NamedTuple):
    """What a store keeps of a key: how much is used, and until when that counts."""

    used: int = 0
    ends: int = 0


class Draw(NamedTuple):
    """One request for ``n`` of a limit, at ``now``.

    A tally that has ended becomes ``Tally(n, begin)``. One that has not becomes
    ``Tally(used + n, ends + step)``, if these are at most ``most`` and ``latest``.
    """

    n: int
    now: int
    begin: int
    step: int = 0
    most: int = NEVER
    latest: int = NEVER

    def after(self, tally: Tally) -> Tally | None:
        """The tally when this was taken, or None where it does not fit."""
        if tally.ends <= self.now:
            return Tally(self.n, self.begin)
        taken = Tally(tally.used + self.n, tally.ends + self.step)
        return taken if taken.used <= self.most and taken.ends <= self.latest else None

    def back(self, tally: Tally) -> Tally:
        """The tally when this was given back: never less than nothing is used."""
        if tally.ends <= self.now:
            return tally
        return Tally(max(0, tally.used - self.n), tally.ends - self.step)


class Limit(Protocol):
    """How much of something there is. ``name`` keeps the keys of one limit from those of others."""

    @property
    def name(self) -> str: ...

    def draw(self, n: int, now: int) -> Draw:
        """Raises ``Unprocessable`` for an amount below 1, ``Conflict`` for one never given."""
        ...

    def left(self, tally: Tally, now: int) -> int: ...

    def refusal(self, draw: Draw, tally: Tally) -> GuardError:
        """What is raised when ``draw`` did not fit ``tally``."""
        ...


@dataclass(frozen=True, slots=True)
class Stock:
    """So many, and no more ever: coupons, seats, invitations."""

    name: str
    amount: int

    def __post_init__(self) -> None:
        _positive(self.name, amount=self.amount)

    def draw(self, n: int, now: int) -> Draw:
        return Draw(_asked(n, self.amount, self.name), now, NEVER, most=self.amount)

    def left(self, tally: Tally, now: int) -> int:
        return _unused(self.amount, tally, now)

    def refusal(self, draw: Draw, tally: Tally) -> GuardError:
        return Conflict(f"{self.name}: {self.left(tally, draw.now)} left, {draw.n} asked for")


@dataclass(frozen=True, slots=True)
class Quota:
    """So many in each window of ``per`` seconds; windows begin at multiples of it since the epoch.

    86,400 seconds are the days of UTC. Around a boundary, twice the amount is used in less than a
    window: where that is too much, take a ``Rate``.
    """

    name: str
    amount: int
    per: int

    def __post_init__(self) -> None:
        _positive(self.name, amount=self.amount, per=self.per)

    def draw(self, n: int, now: int) -> Draw:
        window = self.per * SECOND
        end = (now // window + 1) * window
        return Draw(_asked(n, self.amount, self.name), now, end, most=self.amount)

    def left(self, tally: Tally, now: int) -> int:
        return _unused(self.amount, tally, now)

    def refusal(self, draw: Draw, tally: Tally) -> GuardError:
        return _too_many(self.name, self.amount, self.per, tally.ends - draw.now)


@dataclass(frozen=True, slots=True)
class Attempts:
    """So many within ``per`` seconds of the first; ``reset`` when one succeeds: logins, codes.

    Take one before the secret is compared, never after: who asks in parallel must not get more.
    """

    name: str
    amount: int
    per: int

    def __post_init__(self) -> None:
        _positive(self.name, amount=self.amount, per=self.per)

    def draw(self, n: int, now: int) -> Draw:
        end = now + self.per * SECOND
        return Draw(_asked(n, self.amount, self.name), now, end, most=self.amount)

    def left(self, tally: Tally, now: int) -> int:
        return _unused(self.amount, tally, now)

    def refusal(self, draw: Draw, tally: Tally) -> GuardError:
        return _too_many(self.name, self.amount, self.per, tally.ends - draw.now)


@dataclass(frozen=True, slots=True)
class Rate:
    """``amount`` in ``per`` seconds, evenly; at most ``burst`` of them at once (all, without it).

    No window has a boundary: what is used comes back one by one.
    """

    name: str
    amount: int
    per: int
    burst: int | None = None

    def __post_init__(self) -> None:
        _positive(self.name, amount=self.amount, per=self.per, burst=self._at_once)

    @property
    def _at_once(self) -> int:
        return self.amount if self.burst is None else self.burst

    @property
    def _interval(self) -> int:
        """Rounded up: never more than was promised."""
        return -(-self.per * SECOND // self.amount)

    def draw(self, n: int, now: int) -> Draw:
        step = _asked(n, self._at_once, self.name) * self._interval
        return Draw(n, now, now + step, step, latest=now + self._at_once * self._interval)

    def left(self, tally: Tally, now: int) -> int:
        return self._at_once - -(-max(0, tally.ends - now) // self._interval)

    def refusal(self, draw: Draw, tally: Tally) -> GuardError:
        wait = tally.ends + draw.step - draw.latest
        return _too_many(self.name, self.amount, self.per, wait)


def micros(clock: Clock) -> int:
    """What the clock says, in whole microseconds."""
    return int(clock() * SECOND)


def digest(limit: Limit, key: str | int) -> str:
    """Under what a store keeps the key of a limit: 64 characters, whatever the key is.

    No address and no name is stored, and no collation makes two keys one.
    """
    hashed = _UNTOLD.copy()
    hashed.update(f"{len(limit.name)}:{limit.name}{key}".encode("utf-8", "surrogatepass"))
    return hashed.hexdigest()


def drawing(limit: Limit, n: int, clock: Clock) -> Draw:
    """A request for ``n`` of the limit at this moment."""
    return limit.draw(n, micros(clock))


def _positive(name: str, **numbers: int) -> None:
    for word, number in numbers.items():
        if not _is_positive(number):
            raise ValueError(f"{name}: {word} must be a whole number above 0, not {number!r}")


def _is_positive(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and number > 0


def _asked(n: int, most: int, name: str) -> int:
    if type(n) is int and 0 < n <= most:
        return n
    if not _is_positive(n):
        raise Unprocessable(f"{name}: an amount is a whole number above 0, not {n!r:.40}")
    if n > most:
        raise Conflict(f"{name}: never more than {most} at once")
    return n


def _unused(amount: int, tally: Tally, now: int) -> int:
    return amount if tally.ends <= now else max(0, amount - tally.used)


def _too_many(name: str, amount: int, per: int, wait: int) -> TooMany:
    return TooMany(
        f"{name}: at most {amount} in {per} seconds",
        retry_after=max(1, -(-wait // SECOND)),
    )
