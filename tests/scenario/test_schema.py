"""Generated values are valid, the same every time, and found where there are any."""

from __future__ import annotations

import itertools
import re
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.scenario.fitting import fits
from tocsin.scenario.pattern import sample
from tocsin.scenario.schema import generate

SCALARS = st.one_of(
    st.booleans(), st.integers(-50, 50), st.text("abc", max_size=3), st.none(), st.floats(-9, 9)
)


def bounded(kind: str, low: str, high: str, numbers: st.SearchStrategy[int]) -> Any:
    """A schema with a lower and an upper limit, either or both."""
    limits = st.fixed_dictionaries({}, optional={low: numbers, high: numbers})
    return limits.map(lambda found: {"type": kind, **found})


LEAVES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    bounded("integer", "minimum", "maximum", st.integers(-20, 20)),
    bounded("integer", "exclusiveMinimum", "exclusiveMaximum", st.integers(-20, 20)),
    bounded("number", "minimum", "exclusiveMaximum", st.integers(-20, 20)),
    bounded("string", "minLength", "maxLength", st.integers(0, 12)),
    st.builds(lambda step: {"type": "integer", "multipleOf": step}, st.integers(1, 7)),
    st.sampled_from(["email", "uuid", "date", "uri"]).map(
        lambda f: {"type": "string", "format": f}
    ),
    st.lists(SCALARS, min_size=1, max_size=3).map(lambda values: {"enum": values}),
    SCALARS.map(lambda value: {"const": value}),
    st.sampled_from([{}, {"type": "null"}, {"type": ["integer", "null"]}, {"type": "boolean"}]),
    st.sampled_from(["^[a-z]{3}$", r"^\d+-\d+$", "^(a|b)?x+$"]).map(
        lambda pattern: {"type": "string", "pattern": pattern}
    ),
)


def composed(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Arrays, objects and choices of smaller schemas."""
    names = st.sampled_from(["a", "b", "c"])
    objects = st.builds(
        lambda parts, needed: {"type": "object", "properties": parts, "required": sorted(needed)},
        st.dictionaries(names, inner, max_size=3),
        st.sets(names, max_size=2),
    )
    arrays = st.builds(
        lambda items, least, distinct: {
            "type": "array",
            "items": items,
            "minItems": least,
            "uniqueItems": distinct,
        },
        inner,
        st.integers(0, 2),
        st.booleans(),
    )
    several = st.lists(inner, min_size=1, max_size=3)
    choices = st.builds(
        lambda keyword, parts: {keyword: parts},
        st.sampled_from(["anyOf", "oneOf", "allOf"]),
        several,
    )
    return st.one_of(objects, arrays, choices)


SCHEMAS = st.recursive(LEAVES, composed, max_leaves=6)


@given(SCHEMAS)
def test_what_is_generated_is_valid(schema: dict[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(schema)
    for value in itertools.islice(generate(schema), 8):
        validator.validate(value)


@given(SCHEMAS)
def test_the_same_schema_gives_the_same_values(schema: dict[str, Any]) -> None:
    assert list(map(repr, generate(schema))) == list(map(repr, generate(schema)))


@given(
    SCHEMAS,
    st.recursive(
        SCALARS,
        lambda part: st.lists(part) | st.dictionaries(st.text("abc", max_size=1), part),
        max_leaves=4,
    ),
)
def test_fitting_agrees_with_jsonschema(schema: dict[str, Any], value: object) -> None:
    assert fits(value, schema) == jsonschema.Draft202012Validator(schema).is_valid(value)


@given(bounded("integer", "minimum", "maximum", st.integers(-1000, 1000)))
def test_an_integer_is_found_if_there_is_one(schema: dict[str, Any]) -> None:
    empty = schema.get("minimum", -1000) > schema.get("maximum", 1000)
    assert (next(generate(schema), None) is None) == empty


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        {"type": "integer", "multipleOf": 7, "minimum": 50},
        {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{4}$", "minLength": 7},
        {"allOf": [{"properties": {"a": {"type": "integer"}}}, {"required": ["a"]}]},
        {"$ref": "#/$defs/N", "$defs": {"N": {"properties": {"n": {"$ref": "#/$defs/N"}}}}},
        {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "minItems": 2},
    ],
)
def test_some_value_is_found(schema: dict[str, Any]) -> None:
    value = next(generate(schema))
    jsonschema.Draft202012Validator(schema).validate(value)


@given(st.from_regex(r"(\[[a-d]{1,3}\](\+|\{2,3\})?|\\d|x|y\?){1,5}", fullmatch=True))
def test_samples_match(pattern: str) -> None:
    text = sample(f"^{pattern}$")
    assert text is not None
    assert re.search(f"^{pattern}$", text)


@pytest.mark.parametrize("pattern", ["(", "(?=never)x", r"(a)\1"])
def test_patterns_that_are_too_clever(pattern: str) -> None:
    assert sample(pattern) is None
