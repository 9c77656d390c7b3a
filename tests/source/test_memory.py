"""The collector is off while source is read, calls nest deeper; both as before afterwards."""

from __future__ import annotations

import gc
import sys

import pytest

from tocsin.source.memory import deep, roomy, uncollected


def test_it_is_off_within_and_on_again() -> None:
    with uncollected():
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()

    assert gc.isenabled()


def test_it_is_on_again_after_an_error() -> None:
    with pytest.raises(ValueError, match="broken"), uncollected():
        raise ValueError("broken")

    assert gc.isenabled()


def test_the_limit_of_nested_calls_is_raised_within_and_left_as_it_was() -> None:
    before = sys.getrecursionlimit()
    with deep():
        with deep():
            assert sys.getrecursionlimit() > before
        assert sys.getrecursionlimit() > before
    assert sys.getrecursionlimit() == before


def test_calls_within_a_roomy_one_need_no_memory_of_the_system() -> None:
    resource = pytest.importorskip("resource")

    def leaf(depth: int) -> int:  # its frame is larger: it is what steps over the end of a block
        return max(depth, *(1, 2, 3, 4), min(depth, *(1, 2), max(depth, depth, *(1, 2), 1, 1, 1)))

    def climb(depth: int) -> int:
        for _ in range(100):
            leaf(depth)
        return depth + (climb(depth - 1) if depth else 0)

    @roomy
    def within(depth: int) -> int:
        climb(depth)  # what is needed once
        before: int = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        assert climb(depth) == depth * (depth + 1) // 2
        after: int = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        return after - before

    assert within(400) < 50
    assert within.__name__ == "within"
