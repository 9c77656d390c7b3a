from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.http import Request
from tocsin.probe.baseline import Baseline, Outcome
from tocsin.probe.checks.base import Attack
from tocsin.probe.message import Answer, Failure, Observation, Origin, Reason, Shot, Volley, Way
from tocsin.probe.steering import Steering, served_first, took

TAKES = 0.008
WIDTH = 0.0004
A, B = Request("a", "POST /a", "POST", "/a"), Request("b", "POST /b", "POST", "/b")
PAIR = Attack("x", (A, B))


@given(st.floats(-0.7, 0.7))
def test_a_window_is_found_wherever_it_lies(share: float) -> None:
    """A server on which the second wins until the first leads by so much, and then they meet."""
    opens, steering = share * TAKES, Steering()
    for _ in range(24):
        if opens <= steering.lead <= opens + WIDTH:
            return
        steering.learn(0 if steering.lead > opens else 1, TAKES)
    pytest.fail(f"at {steering.lead} in the end")


@given(st.lists(st.sampled_from([0, 1, None]), max_size=60))
def test_nobody_is_released_after_the_other_is_over(winners: list[int | None]) -> None:
    steering = Steering()
    for winner in winners:
        steering.learn(winner, TAKES)
        assert not steering.offsets or min(steering.offsets) == 0
        assert abs(steering.lead) <= 1.5 * TAKES


def test_where_nobody_can_tell_moments_on_both_sides_are_tried() -> None:
    steering, leads = Steering(), list[float]()
    assert steering.offsets == ()
    for _ in range(8):
        steering.learn(None, TAKES)
        leads.append(steering.lead)
    assert leads[1::2] == [0.0] * 4
    assert min(leads) < 0 < max(leads)


def test_what_served_first_is_told_by_the_order_that_ends_so() -> None:
    baseline = Baseline.of([[Outcome((200, 409))], [Outcome((409, 200))]], copies=False)
    assert served_first(PAIR, baseline, Outcome((200, 409))) == 0
    assert served_first(PAIR, baseline, Outcome((409, 200))) == 1
    assert served_first(PAIR, baseline, Outcome((200, 200))) is None
    same = Baseline.of([[Outcome((200, 200))], [Outcome((200, 200))]], copies=False)
    assert served_first(PAIR, same, Outcome((200, 200))) is None


@pytest.mark.parametrize(
    ("results", "seconds"),
    [
        ((Answer(200, (), b"", 1.0, 1.2, 1.25), Answer(200, (), b"", 1.0, 1.5, 1.75)), 0.75),
        ((Failure(Reason.CLOSED), Failure(Reason.CLOSED)), 0.0),
    ],
)
def test_what_a_round_takes(results: tuple[Answer | Failure, ...], seconds: float) -> None:
    volley = Volley(Origin("http", "x", 80), (Shot("GET", "/"),) * 2)
    assert took(Observation(volley, results, Way(), released=1.0)) == seconds
