from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.probe.spec.documents import openapi, swagger
from tocsin.probe.spec import load
from tocsin.probe.spec.load import read
from tocsin.probe.spec.surface import Unreadable

YAML = """
openapi: 3.0.3
info: {title: shop, version: "1"}
paths:
  /orders/{order_id}:
    get:
      parameters:
        - {name: order_id, in: path, required: true, schema: {type: integer}}
        - {name: since, in: query, schema: {type: string}, example: 2030-01-01}
"""


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (json.dumps(openapi()).encode(), "OpenAPI 3.1.0"),
        (b"\xef\xbb\xbf" + json.dumps(openapi()).encode(), "OpenAPI 3.1.0"),
        (json.dumps(swagger()).encode(), "OpenAPI 2.0"),
        (YAML.encode(), "OpenAPI 3.0.3"),
        (b"curl http://127.0.0.1/orders", "curl commands"),
    ],
    ids=str,
)
def test_the_format_is_recognised(content: bytes, kind: str) -> None:
    assert read(content, "x").kind == kind


def test_dates_in_yaml_stay_text() -> None:
    (operation,) = read(YAML.encode(), "x").operations
    assert operation.parameters[1].schema["examples"] == ["2030-01-01"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "spec: it is empty"),
        (b"<html><body>sign in</body></html>", "spec: it is a page of HTML or XML"),
        (b'{"openapi": ', "spec: it is not JSON: Expecting value: line 1 column 13 (char 12)"),
        (b"[1, 2]", "spec: it holds no table, so it describes no API"),
        (b"just words", "spec: it holds no table, so it describes no API"),
        (b"a: [1", "spec: it is neither JSON nor YAML, line 2"),
        (b"\xc3\x28", "spec: it is not text in UTF-8"),
        (b'{"swagger": "2.0", "paths": {}}', "the OpenAPI 2.0 document describes no operation"),
        (b'{"log": {"entries": 3}}', "spec: its 'log.entries' is no list"),
        (b'{"a": 1}', "it is no OpenAPI or Swagger document, HAR, Postman collection"),
        (b"[" * 100_000 + b"]" * 100_000, "spec: it is nested too deeply"),
        (b"curl 'http://x", "spec: a curl command cannot be read: No closing quotation"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_read_is_one_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(Unreadable) as raised:
        read(content, "spec")
    assert sentence in raised.value.message
    assert "\n" not in raised.value.message


def test_what_is_too_large_is_not_looked_at() -> None:
    with pytest.raises(Unreadable, match="larger than 32 MB"):
        read(b" " * (load.LARGEST + 1), "spec")


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["paths", "get", "parameters", "$ref", "in", "/a", "content", "schema"]),
        inner,
        max_size=4,
    ),
    max_leaves=20,
))  # fmt: skip
def test_no_document_is_an_accident(paths: object) -> None:
    for version in ({"openapi": "3.0.0"}, {"swagger": "2.0"}):
        document = {**version, "paths": {"/a": paths}, "parameters": paths}
        try:
            read(json.dumps(document).encode(), "spec")
        except Unreadable as error:
            assert error.message.startswith("spec: ")


@given(st.binary(max_size=200))
def test_no_bytes_are_an_accident(content: bytes) -> None:
    with pytest.raises(Unreadable):
        read(content, "spec")
