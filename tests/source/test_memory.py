"""The collector is off while source is read, calls nest deeper; both as before afterwards."""

from __future__ import annotations

import gc
import sys

import pytest

from tocsin.source.memory import deep, uncollected


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
