from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.http import Operation, Request, Response
from tocsin.probe import body
from tocsin.scenario.fitting import fits

REQUEST = Request("r", "PUT /a/{id}", "PUT", "/a/1%202", body=b'{"n": 1}', identity="alice")

SCHEMAS: list[tuple[object, dict[str, object]]] = [
    ("a", {"type": "string"}),
    ("a", {"type": "string", "enum": ["a", "b", "c"]}),
    ("a@b.c", {"type": "string", "format": "email"}),
    (1, {"type": "integer", "maximum": 2}),
    (1.5, {"type": "number"}),
    (True, {"type": "boolean"}),
    ("tocsin-a", {}),
]


@pytest.mark.parametrize(
    ("content", "found"), [(b'{"n": 1}', {"n": 1}), (b"[1]", None), (b"no", None), (b"", None)]
)
def test_the_fields_of_a_body(content: bytes, found: object) -> None:
    assert body.table(content) == found


def test_another_body_gives_the_request_another_name() -> None:
    made = body.written(REQUEST, {"n": 2, "text": "ä"})
    assert json.loads(made.body) == {"n": 2, "text": "ä"}
    assert made.name == "PUT /a/1 2 {n: 2, text: ä} as alice"
    assert "…" in body.written(REQUEST, {"text": "x" * 99}).name


@pytest.mark.parametrize(("value", "schema"), SCHEMAS)
def test_other_values_fit_and_differ(value: object, schema: dict[str, object]) -> None:
    found = body.others(value, schema)
    assert found
    assert value not in found
    assert all(fits(one, schema) for one in found)


@given(st.one_of(st.none(), st.lists(st.integers()), st.dictionaries(st.text(), st.text())))
def test_what_is_no_single_value_has_no_other(value: object) -> None:
    assert body.others(value, {}) == ()


@pytest.mark.parametrize(
    ("name", "value", "free"),
    [
        ("text", "a", True),
        ("price", 1, True),
        ("done", True, False),
        ("order_id", 1, False),
        ("version", 1, False),
        ("owner", "bob", False),
        ("tags", ["a"], False),
    ],
)
def test_what_names_something_is_not_free(name: str, value: object, free: bool) -> None:
    assert body.free(name, value) == free


def test_the_schema_of_a_body_can_still_find_its_definitions() -> None:
    schema = {
        "$ref": "#/$defs/A",
        "$defs": {"A": {"properties": {"b": {"$ref": "#/$defs/B"}}}, "B": {"enum": [1, 2]}},
    }
    found = body.schema_of(REQUEST, [Operation("PUT", "/a/{id}", body=schema)])
    assert body.others(1, body.declared(found)["b"]) == (2,)
    assert body.schema_of(REQUEST, []) == {}


def test_what_failed_shows_nothing() -> None:
    assert body.shown(Response(200, (), b'{"a": 1}')) == {"a": 1}
    assert body.shown(Response(404, (), b'{"a": 1}')) is None
