"""Limits in the memory of one process."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.guard import tallies
from tests.guard.tallies import CHECKS, LIMITS, LOGIN, STEPS, Clock, Step
from tocsin.guard.limits import Limit
from tocsin.guard.memory import Tallies, consume, refund, reset


def store(kept: Tallies) -> Any:
    verbs = {"consume": consume, "refund": refund, "reset": reset}
    return SimpleNamespace(**{name: partial(verb, kept) for name, verb in verbs.items()})


@pytest.mark.parametrize("check", CHECKS)
def test_a_store(check: Any) -> None:
    check(store(Tallies()))


@given(limit=st.sampled_from(LIMITS), steps=STEPS)
def test_it_agrees_with_a_model(limit: Limit, steps: list[Step]) -> None:
    tallies.run(store(Tallies()), limit, "alice", steps)


def test_keys_that_have_ended_do_not_pile_up() -> None:
    kept, clock = Tallies(), Clock()
    for number in range(5_000):
        clock.at += 1
        consume(kept, LOGIN, number, clock=clock)
    assert len(kept) <= 2_000
