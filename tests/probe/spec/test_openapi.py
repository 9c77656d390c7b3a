from __future__ import annotations

from typing import Any

import pytest

from tests.probe.spec.documents import ORDER, openapi
from tocsin.frameworks.openapi import NODES, inline
from tocsin.probe.spec.openapi import OPERATIONS, base_path, read
from tocsin.probe.spec.surface import Unreadable


def test_operations_in_the_documents_order() -> None:
    surface = read(openapi())
    assert [one.endpoint for one in surface.operations] == [
        "POST /orders",
        "GET /orders/{order_id}",
    ]
    assert surface.operations[0].body == ORDER
    assert surface.title == "shop"


def test_variables_that_nobody_declares_are_text() -> None:
    surface = read(openapi(paths={"/a/{b}/{c}": {"get": {}}}))
    (operation,) = surface.operations
    assert [(one.name, one.place, one.required) for one in operation.parameters] == [
        ("b", "path", True),
        ("c", "path", True),
    ]


def test_servers_say_where_paths_begin() -> None:
    servers = [{"url": "https://x.example/{stage}/", "variables": {"stage": {"default": "v1"}}}]
    assert base_path(read(openapi(servers=servers)).servers) == "/v1"
    assert base_path(()) == ""


def test_wrong_entries_are_notes_and_hide_no_others() -> None:
    paths = {"orders": {"get": {}}, "/items": [], "x-more": {}, "/safe": {"get": {}, "post": 3}}
    surface = read(openapi(paths=paths))
    assert [one.endpoint for one in surface.operations] == ["GET /safe"]
    assert [note for note in surface.notes if "'orders'" in note or "'/items'" in note] == list(
        surface.notes
    )
    assert len(surface.notes) == 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"openapi": "4.0.0"}, "version '4.0.0' of OpenAPI is none of 2.0, 3.0 and 3.1"),
        ({"openapi": None, "paths": {}}, "version 'None' of OpenAPI is none of 2.0, 3.0 and 3.1"),
        ({"paths": []}, "its 'paths' is missing, or no table"),
        ({"paths": None}, "its 'paths' is missing, or no table"),
    ],
)
def test_what_is_no_such_document_is_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Unreadable) as raised:
        read(openapi(**changes))
    assert raised.value.message == sentence


@pytest.mark.parametrize(
    "operation",
    [
        {"parameters": 3},
        {"parameters": [3, None, {"in": "query"}]},
        {"requestBody": []},
        {"requestBody": {"content": {"application/json": 3}}},
        {"requestBody": {"$ref": "elsewhere.yaml#/x"}},
        {"requestBody": {"$ref": "#/components/nothing"}},
        {"security": [[], 3]},
        {"tags": "one"},
    ],
    ids=str,
)
def test_operations_of_wrong_shapes_are_read_for_what_is_right(operation: dict[str, Any]) -> None:
    surface = read(openapi(paths={"/x": {"get": operation}}))
    assert [one.endpoint for one in surface.operations] == ["GET /x"]


def test_no_more_operations_than_an_api_has() -> None:
    paths = {f"/{number}": {"get": {}} for number in range(OPERATIONS + 1)}
    surface = read(openapi(paths=paths))
    assert len(surface.operations) == OPERATIONS
    assert "more than 5000" in surface.notes[-1]


def test_schemas_that_contain_each_other_keep_references() -> None:
    schemas = {
        "A": {"type": "object", "properties": {"b": {"$ref": "#/components/schemas/B"}}},
        "B": {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/A"}}},
    }
    document = openapi(components={"schemas": schemas})
    made = inline(document, {"$ref": "#/components/schemas/A"})
    inner = made["properties"]["b"]["properties"]["a"]  # type: ignore[index]
    assert inner == {"$ref": "#/$defs/A"}
    assert made["$defs"]["A"]["type"] == "object"  # type: ignore[index]


def test_definitions_that_end_alike_are_told_apart() -> None:
    document = {
        "a": {"Node": {"type": "object", "properties": {"next": {"$ref": "#/a/Node"}}}},
        "b": {"Node": {"type": "array", "items": {"$ref": "#/b/Node"}}},
    }
    made = inline(document, {"anyOf": [{"$ref": "#/a/Node"}, {"$ref": "#/b/Node"}]})
    kinds = sorted(one["type"] for one in made["$defs"].values())  # type: ignore[attr-defined]
    assert kinds == ["array", "object"]


def test_references_that_double_at_every_step_are_bounded() -> None:
    schemas: dict[str, Any] = {
        f"S{n}": {
            "type": "object",
            "properties": {
                "a": {"$ref": f"#/components/schemas/S{n + 1}"},
                "b": {"$ref": f"#/components/schemas/S{n + 1}"},
            },
        }
        for n in range(60)
    }
    made = inline({"components": {"schemas": schemas}}, {"$ref": "#/components/schemas/S0"})
    assert nodes(made) <= 2 * NODES


def test_a_long_chain_of_references_is_followed_without_recursion() -> None:
    schemas = {f"S{n}": {"items": {"$ref": f"#/s/S{n + 1}"}} for n in range(6_000)}
    made = inline({"s": schemas}, {"$ref": "#/s/S0"})
    assert nodes(made) <= 2 * NODES


def nodes(value: object) -> int:
    """How many nodes a document has; iterative, for it may be deep."""
    count, waiting = 0, [value]
    while waiting:
        one = waiting.pop()
        count += 1
        if isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return count
