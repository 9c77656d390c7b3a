"""What ``make fuzz`` runs for minutes, for a moment: harnesses hold what they promise."""

from __future__ import annotations

import importlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz import HARNESSES


@pytest.mark.parametrize("name", HARNESSES)
@settings(deadline=None, max_examples=60)
@given(data=st.binary(max_size=200))
def test_a_harness(name: str, data: bytes) -> None:
    importlib.import_module(f"fuzz.{name}").one(data)
