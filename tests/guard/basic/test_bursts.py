"""Many requests at nearly the same moment."""

from __future__ import annotations

from tocsin.guard.basic.bursts import Bursts


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_told_once() -> None:
    bursts = Bursts(3, 1.0, clock=Clock())
    assert [bursts.arrived("a") for _ in range(7)] == [
        False,
        False,
        True,
        False,
        False,
        True,
        False,
    ]


def test_slow_requests_are_none() -> None:
    clock = Clock()
    bursts = Bursts(3, 1.0, clock=clock)
    for _ in range(10):
        clock.now += 0.6
        assert not bursts.arrived("a")


def test_the_last_ones_count() -> None:
    clock = Clock()
    bursts = Bursts(3, 1.0, clock=clock)
    assert not bursts.arrived("a")
    clock.now = 5
    assert [bursts.arrived("a") for _ in range(3)] == [False, False, True]


def test_each_identity_has_its_own() -> None:
    bursts = Bursts(2, 1.0, clock=Clock())
    assert [bursts.arrived(name) for name in "abab"] == [False, False, True, True]


def test_no_more_are_kept_than_was_said() -> None:
    bursts = Bursts(2, 1.0, names=2, clock=Clock())
    assert [bursts.arrived(name) for name in "abca"] == [False, False, False, False]
    assert bursts.arrived("c")
