from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.scenario.said import DEPTH, NotJson, address, parsed

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON)
def test_what_is_well_is_taken_as_it_is(value: object) -> None:
    assert parsed(json.dumps(value)) == value
    assert parsed(json.dumps(value).encode()) == value


@given(st.text(st.characters(categories=["Cs", "Ll"])))
def test_all_text_can_be_sent(text: str) -> None:
    found = parsed(json.dumps({"a": [text]}))
    assert isinstance(found, dict)
    found["a"][0].encode()


@pytest.mark.parametrize("depth", [DEPTH + 1, 900, 100_000])
def test_what_is_too_deep_is_none(depth: int) -> None:
    with pytest.raises(NotJson):
        parsed("[" * depth + "]" * depth)
    assert parsed("[" * DEPTH + "]" * DEPTH)


def test_no_address_has_no_parts() -> None:
    assert address("http://[bad").path == ""
    assert address("http://here/a?b=1").path == "/a"
