from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tocsin.static.term import fill, parameter, parameter_of, short

NAMES = st.text(st.characters(exclude_characters="`"), min_size=1, max_size=20)


@given(NAMES)
def test_a_parameter_is_found_again(name: str) -> None:
    assert parameter_of(parameter(name)) == name


@given(NAMES, NAMES)
def test_parameters_are_filled(name: str, value: str) -> None:
    assert fill(f"a[{parameter(name)}]", {name: value}.get) == f"a[{value}]"


@given(st.text(max_size=1000), st.text(max_size=1000))
def test_short_terms_are_equal_only_to_themselves(one: str, other: str) -> None:
    assert (short(one) == short(other)) == (one == other)
    assert len(short(one.replace("`", ""))) <= 160
