"""Values that schemathesis makes, and the second search that they are for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.probe.sending import answer, client
from tocsin.model.http import Identity, Operation
from tocsin.probe.discover import Discovery
from tocsin.probe.generated import MOST, values
from tocsin.probe.message import Result, Shot
from tocsin.probe.spec import load
from tocsin.probe.world import AsItIs
from tocsin.scenario.schema import generate

ALICE = Identity("alice", (("authorization", "Basic YQ=="),), username="alice")
STRONG = {"type": "string", "pattern": r"^(?=.*[A-Z])(?=.*\d).{8,12}$"}
TREE: Mapping[str, object] = {
    "type": "object",
    "properties": {"next": {"$ref": "#/$defs/Node"}},
    "required": ["next"],
    "$defs": {"Node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}},
}
PAID = {
    "type": "object",
    "properties": {"kind": {"enum": ["cash", "card"]}, "card": {"type": "integer"}},
    "required": ["kind"],
    "if": {"properties": {"kind": {"const": "cash"}}},
    "else": {"required": ["card"]},
    "not": {"properties": {"kind": {"const": "cash"}}},
}


@pytest.mark.parametrize(
    "schema", [STRONG, TREE, PAID, {"type": "array", "contains": {"const": 7}}]
)
def test_values_satisfy_the_schema(schema: Mapping[str, object]) -> None:
    made = list(values(schema))
    assert 0 < len(made) <= MOST
    for one in made:
        Draft202012Validator(schema).validate(one)
    assert list(values(schema)) == made


@pytest.mark.parametrize("schema", [{"type": "integer", "minimum": 5, "maximum": 4}, {"type": 7}])
def test_there_may_be_none(schema: Mapping[str, object]) -> None:
    assert list(values(schema)) == []


def test_rows_are_taken_from_who_knows_them() -> None:
    def named(name: str, schema: Mapping[str, object]) -> Iterator[object]:
        yield from (41, 42) if name == "order_id" else ()

    fields = {"order_id": {"type": "integer", "minimum": 42}, "n": {"type": "integer"}}
    schema = {"type": "object", "properties": fields, "required": ["order_id", "n"]}
    assert {one["order_id"] for one in values(schema, named) if isinstance(one, dict)} == {42}


def test_nothing_is_left_in_the_users_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert list(values({"type": "string", "pattern": "^[A-Z]{2}x$"}))
    assert list(tmp_path.iterdir()) == []


def described(version: str, schema: object) -> tuple[Operation, ...]:
    """A document of each version with one POST whose body has this schema."""
    body: dict[str, object] = {
        "requestBody": {"content": {"application/json": {"schema": schema}}},
    }
    if version == "2.0":
        body = {"parameters": [{"name": "body", "in": "body", "schema": schema}]}
    word = "swagger" if version == "2.0" else "openapi"
    document = {word: version, "paths": {"/payments": {"post": body}}}
    return load.read(json.dumps(document).encode(), "openapi.json").operations


@pytest.mark.parametrize("version", ["2.0", "3.0.3", "3.1.0"])
@pytest.mark.parametrize("schema", [PAID, STRONG])
def test_what_refuses_plain_values_is_tried_with_generated_ones(
    version: str, schema: Mapping[str, object]
) -> None:
    strict = Draft202012Validator(schema)
    assert not any(map(strict.is_valid, generate(schema)))

    def pay(shot: Shot) -> Result:
        try:
            valid = strict.is_valid(json.loads(shot.body))
        except ValueError:
            valid = False
        return answer(201) if valid else answer(422)

    asked, _ = client(pay, [ALICE])
    found = Discovery(asked, AsItIs(), {}, lambda _endpoint, _name: True)
    list(found.events(described(version, schema), ()))
    assert [one.request.endpoint for one in found.working] == ["POST /payments"]
