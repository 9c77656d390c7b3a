from __future__ import annotations

import pytest

from tocsin.frameworks.openapi import operation

ITEM = {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}


def answering(answer: object, **more: object) -> dict[str, object]:
    return {
        "paths": {"/a": {"get": {"responses": {"404": {}, "200": answer}}}},
        "components": {
            "schemas": {
                "Item": ITEM,
                "Other": {"$ref": "#/components/schemas/Item"},
                "Loop": {"$ref": "#/components/schemas/Loop"},
            },
            "responses": {"Items": {"content": {"application/json": {"schema": ITEM}}}},
        },
        **more,
    }


def body(schema: object) -> dict[str, object]:
    return {"content": {"application/problem+json": {"schema": schema}}}


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (body(ITEM), {"id", "name"}),
        (body({"$ref": "#/components/schemas/Other"}), {"id", "name"}),
        (body({"type": "array", "items": {"$ref": "#/components/schemas/Item"}}), {"id", "name"}),
        ({"$ref": "#/components/responses/Items"}, {"id", "name"}),
        ({"schema": ITEM}, {"id", "name"}),
        (body({**ITEM, "additionalProperties": True}), set()),
        (body({"$ref": "#/components/schemas/Loop"}), set()),
        (body({"oneOf": [ITEM]}), set()),
        ({"content": {"text/plain": {}}}, set()),
        ({}, set()),
        (7, set()),
    ],
)
def test_what_a_success_shows(answer: object, shown: set[str]) -> None:
    found = operation(answering(answer), "/a", "GET")
    assert found.shown == shown
    assert found.responses == ("404", "200")


def test_an_operation_without_answers_leaves_them_open() -> None:
    found = operation({"paths": {"/a": {"get": {}}}}, "/a", "GET")
    assert (found.responses, found.shown) == ((), frozenset())
