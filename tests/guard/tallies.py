"""What limits must do in every store, and a model that counts in another way than they do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Protocol

import pytest
from hypothesis import strategies as st

from tocsin.guard.errors import Conflict, GuardError, TooMany, Unprocessable
from tocsin.guard.limits import Attempts, Limit, Quota, Rate, Stock

COUPON = Stock("coupon", 3)
DAILY = Quota("reports", 3, per=60)
LOGIN = Attempts("login", 3, per=60)
CALLS = Rate("calls", 3, per=10, burst=2)
LIMITS: tuple[Limit, ...] = (COUPON, DAILY, LOGIN, CALLS)


class Store(Protocol):
    """The verbs of a store, with its first argument filled in."""

    def consume(self, limit: Limit, key: str, n: int = 1, *, clock: Callable[[], float]) -> int: ...

    def refund(self, limit: Limit, key: str, n: int = 1, *, clock: Callable[[], float]) -> None: ...

    def reset(self, limit: Limit, key: str) -> None: ...


@dataclass
class Clock:
    """Time that goes on when it is told to."""

    at: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.at


@dataclass
class Model:
    """What may be used, from what was granted: no tally, no window kept.

    A rate is a bucket of tokens, filled continuously, in fractions.
    """

    limit: Any
    used: int = 0
    window: int | None = None
    tokens: Fraction = field(init=False)
    since: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        if isinstance(self.limit, Rate):
            self.tokens = Fraction(self.limit.burst or self.limit.amount)

    def consume(self, n: int, at: int) -> int | type[GuardError]:
        if n < 1:
            return Unprocessable
        if isinstance(self.limit, Rate):
            return self._from_bucket(n, at)
        if n > self.limit.amount:
            return Conflict
        self._turn(at)
        if self.used + n > self.limit.amount:
            return Conflict if isinstance(self.limit, Stock) else TooMany
        if self.window is None:
            self.window = self._window(at)
        self.used += n
        return int(self.limit.amount - self.used)

    def refund(self, n: int, at: int) -> None:
        if isinstance(self.limit, Rate):
            self._fill(at)
            if self.tokens < self.most:
                self.tokens = min(self.tokens + n, Fraction(self.most))
            return
        self._turn(at)
        self.used = max(0, self.used - n)

    def reset(self) -> None:
        self.__init__(self.limit)  # type: ignore[misc]

    @property
    def most(self) -> int:
        return int(self.limit.burst or self.limit.amount)

    def _turn(self, at: int) -> None:
        if isinstance(self.limit, Attempts):
            over = self.window is not None and at >= self.window + self.limit.per
        else:
            over = self.window is not None and self._window(at) != self.window
        if over:
            self.used, self.window = 0, None

    def _window(self, at: int) -> int:
        if isinstance(self.limit, Quota):
            return at // self.limit.per
        return at if isinstance(self.limit, Attempts) else 0

    def _from_bucket(self, n: int, at: int) -> int | type[GuardError]:
        if n > self.most:
            return Conflict
        self._fill(at)
        if self.tokens < n:
            return TooMany
        self.tokens -= n
        return int(self.tokens)

    def _fill(self, at: int) -> None:
        # The interval is in whole microseconds, as it is documented.
        interval = Fraction(-(-self.limit.per * 1_000_000 // self.limit.amount), 1_000_000)
        self.tokens = min(Fraction(self.most), self.tokens + (at - self.since) / interval)
        self.since = Fraction(at)


Step = tuple[str, int, int]
STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.tuples(
        st.sampled_from(["consume", "consume", "consume", "refund", "reset"]),
        st.integers(min_value=0, max_value=4),
        st.sampled_from([0, 0, 1, 3, 4, 59, 60, 61]),
    ),
    max_size=12,
)
"""What is done, with how much, and how many seconds after the step before."""


def run(store: Store, limit: Limit, key: str, steps: list[Step]) -> None:
    """Do the same with the store and with the model: both say the same."""
    clock, model = Clock(), Model(limit)
    for verb, n, later in steps:
        clock.at += later
        at = int(clock.at)
        if verb == "reset":
            store.reset(limit, key)
            model.reset()
        elif verb == "consume":
            assert _told(lambda n=n: store.consume(limit, key, n, clock=clock)) == model.consume(
                n, at
            )
        elif 0 < n <= 2:
            store.refund(limit, key, n, clock=clock)
            model.refund(n, at)


def _told(consume: Callable[[], int]) -> int | type[GuardError]:
    try:
        return consume()
    except GuardError as error:
        return type(error)


def check_a_stock_is_used_up(store: Store) -> None:
    clock = Clock()
    assert store.consume(COUPON, "TEN", clock=clock) == 2
    assert store.consume(COUPON, "TEN", 2, clock=clock) == 0
    with pytest.raises(Conflict, match="coupon: 0 left, 1 asked for"):
        store.consume(COUPON, "TEN", clock=clock)
    clock.at += 1e9
    with pytest.raises(Conflict):
        store.consume(COUPON, "TEN", clock=clock)
    assert store.consume(COUPON, "ten", clock=clock) == 2


def check_come_back_later(store: Store) -> None:
    """Who waits as long as ``Retry-After`` says is served; who waits a second less is not."""
    for limit in (DAILY, LOGIN, CALLS):
        clock = Clock(1_800_000_007.0)
        with pytest.raises(TooMany) as refused:
            for _ in range(4):
                store.consume(limit, "alice", clock=clock)
        assert refused.value.headers["Retry-After"] == str(refused.value.retry_after)
        clock.at += refused.value.retry_after - 1
        with pytest.raises(TooMany) as again:
            store.consume(limit, "alice", clock=clock)
        assert again.value.retry_after == 1
        clock.at += 1
        store.consume(limit, "alice", clock=clock)


def check_refusals_take_nothing(store: Store) -> None:
    clock = Clock()
    for limit in LIMITS:
        store.consume(limit, "bob", clock=clock)
        for n, error in ((0, Unprocessable), (-1, Unprocessable), (2**70, Conflict)):
            with pytest.raises(error):
                store.consume(limit, "bob", n, clock=clock)
        with pytest.raises(GuardError):
            store.consume(limit, "bob", 3, clock=clock)
        assert store.consume(limit, "bob", clock=clock) == (0 if limit is CALLS else 1)


def check_refund_and_reset(store: Store) -> None:
    clock = Clock()
    for limit in LIMITS:
        store.consume(limit, "carol", 2, clock=clock)
        store.refund(limit, "carol", clock=clock)
        assert store.consume(limit, "carol", clock=clock) == (0 if limit is CALLS else 1)
        store.reset(limit, "carol")
        assert store.consume(limit, "carol", 2, clock=clock) == (0 if limit is CALLS else 1)
        store.refund(limit, "nobody", clock=clock)
        assert store.consume(limit, "nobody", 2, clock=clock) == (0 if limit is CALLS else 1)


CHECKS = (
    check_a_stock_is_used_up,
    check_come_back_later,
    check_refusals_take_nothing,
    check_refund_and_reset,
)
