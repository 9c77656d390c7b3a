from __future__ import annotations

from tocsin.model.http import Operation, Parameter
from tocsin.probe.message import Origin
from tocsin.probe.operation import learned, operations
from tocsin.probe.spec.surface import Recorded, Surface

HERE = Origin("http", "shop.example", 80)
JSON = (("Content-Type", "application/json; charset=utf-8"),)


def test_keys_in_paths_become_parameters() -> None:
    (operation,) = learned([Recorded("POST", "/orders/17/notes/9a3c61f0a1b2c3d4e5f60718")])
    assert operation.path == "/orders/{order_id}/notes/{note_id}"
    assert operation.parameters[0].schema == {"examples": [17]}


def test_requests_that_differ_in_values_are_one_operation() -> None:
    made = learned(
        [
            Recorded("POST", "/orders/1/pay?fast=1", JSON, b'{"n": 1, "to": "bob"}'),
            Recorded("POST", "/orders/2/pay", JSON, b'{"n": 2}'),
        ]
    )
    assert made == (
        Operation(
            "POST",
            "/orders/{order_id}/pay",
            (
                Parameter("order_id", "path", required=True, schema={"examples": [1, 2]}),
                Parameter(
                    "fast", "query", required=False, schema={"type": "string", "examples": ["1"]}
                ),
            ),
            {
                "type": "object",
                "properties": {"n": {"examples": [1, 2]}, "to": {"examples": ["bob"]}},
                "required": ["n"],
            },
            "application/json",
        ),
    )


def test_credentials_and_files_of_pages_are_left_out() -> None:
    headers = (("Authorization", "Basic eA=="), ("Cookie", "s=1"), ("X-API-Key", "k"))
    more = (("X-Forwarded-For", "1"), ("X-Tenant", "blue"))
    made = learned(
        [Recorded("GET", "/orders", (*headers, *more)), Recorded("GET", "/static/app.js")]
    )
    assert [one.endpoint for one in made] == ["GET /orders"]
    assert [one.name for one in made[0].parameters] == ["x-tenant"]


def test_requests_to_other_hosts_are_left_out_and_counted() -> None:
    surface = Surface(
        "HAR",
        recorded=(
            Recorded("GET", "http://shop.example/a"),
            Recorded("GET", "http://ads.example/b"),
            Recorded("GET", "{{base}}/c"),
        ),
    )
    found, notes = operations(surface, HERE)
    assert [one.endpoint for one in found] == ["GET /a", "GET /c"]
    assert notes == ("1 recorded request to other hosts left out",)


def test_paths_begin_where_the_documents_server_says() -> None:
    surface = Surface(
        "OpenAPI", (Operation("GET", "/a"),), servers=("https://api.shop.example/v1",)
    )
    found, notes = operations(surface, HERE)
    assert [one.path for one in found] == ["/v1/a"]
    said = "the document names api.shop.example as its server; requests go to "
    assert notes == (f"{said}http://shop.example only",)


def test_bodies_that_are_no_objects_are_examples_as_a_whole() -> None:
    made = learned([Recorded("POST", "/a", JSON, b"[1]"), Recorded("POST", "/a", JSON, b"[2]")])
    assert made[0].body == {"examples": [[1], [2]]}
    (text,) = learned([Recorded("POST", "/a", (("Content-Type", "text/csv"),), b"a;b")])
    assert (text.content_type, text.body) == ("text/csv", {"examples": ["a;b"]})
