from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.probe.spec.locate import line_of

DOCUMENT = {
    "openapi": "3.1.0",
    "paths": {
        "/orders": {"get": {"summary": "post: no"}, "post": {}},
        "/orders/{order_id}": {"delete": {}},
    },
}
YAML = """openapi: 3.1.0
paths:
  /orders:
    get: {}
    post: {}
  '/orders/{order_id}':
    delete: {}
"""


@pytest.mark.parametrize(
    ("endpoint", "line"),
    [
        ("GET /orders", 4),
        ("POST /orders", 5),
        ("DELETE /orders/{order_id}", 7),
        ("POST /api/v1/orders", 5),
        ("PUT /orders", 3),
        ("GET /users", None),
        ("GET /", None),
    ],
)
def test_yaml(endpoint: str, line: int | None) -> None:
    assert line_of(YAML, endpoint) == line


def test_json_on_many_lines_and_on_one() -> None:
    text = json.dumps(DOCUMENT, indent=1)
    number = line_of(text, "DELETE /orders/{order_id}")
    assert number is not None
    assert '"delete"' in text.splitlines()[number - 1]
    assert line_of(json.dumps(DOCUMENT), "DELETE /orders/{order_id}") == 1


@given(st.text(), st.text())
def test_any_text_has_a_line_or_none(text: str, endpoint: str) -> None:
    found = line_of(text, endpoint)
    assert found is None or 1 <= found <= len(text.splitlines())
