from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.probe.pace import Exhausted, Pace, seconds_of

TODAY = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@given(
    st.floats(min_value=0.5, max_value=1000),
    st.lists(st.tuples(st.integers(1, 20), st.floats(0, 2)), max_size=40),
)
def test_never_faster_than_the_rate(rate: float, volleys: list[tuple[int, float]]) -> None:
    pace, now, released = Pace(rate), 0.0, list[tuple[float, int]]()
    for count, idle in volleys:
        now += idle
        now += pace.take(count, now)
        released.append((now, count))
    for begin, (first, _) in enumerate(released):
        before = 0
        for moment, count in released[begin:]:
            assert before <= rate * (moment - first) + 1e-6 * (1 + before)
            before += count


def test_without_a_rate_nobody_waits() -> None:
    pace = Pace()
    assert [pace.take(20, 0.0) for _ in range(5)] == [0.0] * 5


def test_no_more_than_the_cap() -> None:
    pace = Pace(most=3)
    pace.take(2, 0.0)
    with pytest.raises(Exhausted, match="cap of 3 requests"):
        pace.take(2, 0.0)
    pace.take(1, 0.0)
    assert pace.sent == 3


def test_retry_after_makes_everybody_wait() -> None:
    pace = Pace()
    pace.told(429, "7", 100.0, TODAY)
    assert pace.take(1, 101.0) == pytest.approx(6.0)
    pace.told(200, "9", 107.0, TODAY)
    pace.told(429, None, 107.0, TODAY)
    assert pace.take(1, 107.0) == 0.0


def test_who_asks_for_an_hour_is_left_alone() -> None:
    with pytest.raises(Exhausted, match="left alone for 3600 s"):
        Pace().told(503, "3600", 0.0, TODAY)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("Sun, 22 Nov 2026 12:00:20 GMT", 20.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", 0.0),
        ("-3", 0.0),
        ("²", 0.0),
    ],
)
def test_retry_after_in_both_forms(text: str, seconds: float) -> None:
    assert seconds_of(text, TODAY) == seconds
