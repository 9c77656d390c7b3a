from __future__ import annotations

from tests.probe.spec.documents import ORDER, swagger
from tocsin.model.http import Operation
from tocsin.probe.spec.openapi import base_path, read


def operations() -> dict[str, Operation]:
    return {one.endpoint: one for one in read(swagger()).operations}


def test_bodies_forms_and_queries_find_their_places() -> None:
    found = operations()
    assert list(found) == ["GET /orders", "POST /orders", "PUT /orders/{order_id}/note"]
    assert found["POST /orders"].body == ORDER
    assert found["POST /orders"].content_type == "application/json"
    page = found["GET /orders"].parameters[0]
    assert (page.name, page.place, page.schema["type"]) == ("page", "query", "integer")


def test_files_make_the_form_multipart() -> None:
    note = operations()["PUT /orders/{order_id}/note"]
    assert note.content_type == "multipart/form-data"
    assert note.body == {
        "type": "object",
        "properties": {
            "text": {"type": "string"},
            "picture": {"type": "string", "format": "binary"},
        },
        "required": ["text"],
    }
    assert [one.name for one in note.parameters if one.place == "path"] == ["order_id"]


def test_credentials_and_servers() -> None:
    surface = read(swagger())
    assert surface.servers == ("https://shop.example/api",)
    assert base_path(surface.servers) == "/api"
    kinds = [one.schema.get("x-security") for one in surface.operations[0].parameters]
    assert "basic" in kinds


def test_wrong_shapes_are_as_good_as_absent() -> None:
    document = swagger(
        parameters=[],
        securityDefinitions=3,
        paths={"/a": {"get": {"parameters": [{"$ref": "#/parameters/page"}, 3]}}, "/b": 3},
    )
    surface = read(document)
    assert [one.endpoint for one in surface.operations] == ["GET /a"]
