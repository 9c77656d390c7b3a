"""The collector is off while source is read, and as it was afterwards."""

from __future__ import annotations

import gc

import pytest

from tocsin.source.memory import uncollected


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
