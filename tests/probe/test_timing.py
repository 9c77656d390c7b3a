from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.probe.timing import apart, compare, mann_whitney, quantile

SERIES = st.lists(st.integers(0, 50).map(float), min_size=1, max_size=12)


def exact(first: list[float], second: list[float]) -> float:
    """The p-value by all ways to deal the values, for values that all differ."""

    def distance(some: tuple[float, ...]) -> float:
        u = sum(a > b for a in some for b in everything if b not in some)
        return abs(u - len(first) * len(second) / 2)

    everything = [*first, *second]
    seen = distance(tuple(first))
    ways = list(itertools.combinations(everything, len(first)))
    return sum(distance(way) >= seen for way in ways) / len(ways)


@given(st.permutations(range(12)))
def test_the_approximation_is_near_the_exact_value(order: list[int]) -> None:
    first, second = [float(n) for n in order[:6]], [float(n) for n in order[6:]]
    assert mann_whitney(first, second) == pytest.approx(exact(first, second), abs=0.02)


@given(SERIES, SERIES)
def test_neither_scale_nor_order_of_the_two_matters(
    first: list[float], second: list[float]
) -> None:
    p = mann_whitney(first, second)
    assert 0 <= p <= 1
    assert p == pytest.approx(mann_whitney(second, first))
    assert p == mann_whitney([2**x for x in first], [2**x for x in second])
    assert apart(first, second) == apart(second, first)


@given(SERIES)
def test_what_is_the_same_does_not_differ(series: list[float]) -> None:
    found = compare(series, series)
    assert found.p == pytest.approx(1.0)
    assert not found.apart
    assert not found.sure(0.05, 0.0)


def test_a_few_late_answers_hide_no_difference_and_make_none() -> None:
    quick = [1 + n / 1000 for n in range(30)]
    slow = [2 + n / 1000 for n in range(30)]
    late = [*quick[:-3], 9.0, 9.0, 9.0]
    assert compare(quick, slow).sure(0.0001, 0.5)
    assert compare(late, slow).sure(0.0001, 0.5)
    assert not compare(quick, late).sure(0.05, 0.0)
    assert compare(quick, slow).longer == pytest.approx(1.0)


def test_quantiles_lie_between_values() -> None:
    assert quantile([4.0, 1.0, 3.0, 2.0], 0.5) == 2.5
    assert [quantile([7.0], share) for share in (0, 0.5, 1)] == [7.0] * 3
    assert math.isclose(quantile([0.0, 10.0], 0.35), 3.5)


def test_nothing_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        compare([], [1.0])
