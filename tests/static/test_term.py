from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.static.term import fill, parameter, parameter_of, short, unconverted

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


@given(
    NAMES.filter(str.isidentifier),
    st.lists(st.sampled_from(["str", "int", "uuid.UUID", ".lower()", ".strip()"])),
)
def test_conversions_are_looked_through(name: str, made: list[str]) -> None:
    term = name
    for each in made:
        term = f"{term}{each}" if each.startswith(".") else f"{each}({term})"
    assert unconverted(term) == name


@pytest.mark.parametrize(
    "term", ["int(a, 16)", "str(a).join(b)", "strip(a)", "str()", "(str(a) + b)"]
)
def test_what_is_more_than_a_conversion_stays(term: str) -> None:
    assert unconverted(term) == term
