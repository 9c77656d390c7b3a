"""What refusals say of fields; and what the search makes of it, where nothing describes them."""

from __future__ import annotations

import json

import pytest

from tests.scenario.people import identity
from tocsin.model.http import Operation, Request, Response
from tocsin.scenario.build import FORM, JSON
from tocsin.scenario.complaints import SOMEWHERE, complaints, spoken
from tocsin.scenario.knowledge import Knowledge
from tocsin.scenario.prepare import Answer, Exercised, prepare

ALICE = identity("alice", basic=("alice", "a"))


def refusal(content: object, status: int = 400) -> Response:
    body = content if isinstance(content, str) else json.dumps(content)
    return Response(status, (), body.encode())


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({"error": "n: a positive number"}, "n"),
        ({"n": "a positive number"}, "n"),
        ({"message": "Missing required field 'to'"}, "to"),
        ({"error": "to is required"}, "to"),
        ({"detail": "amount must be a positive integer"}, "amount"),
        ("missing parameter: user_id", "user_id"),
        ("`email` not given", "email"),
        ({"error": "KeyError: 'to'"}, "to"),
        ({"error": "'to'"}, "to"),
    ],
)
def test_a_field_is_named_by_a_sentence(said: object, name: str) -> None:
    assert spoken(refusal(said)) == [(SOMEWHERE, name, True)]


@pytest.mark.parametrize(
    "said", [{"error": "bad request"}, "This field is required.", "<h1>400: no</h1>", {}, [], ""]
)
def test_nothing_is_read_into_a_sentence_without_a_field(said: object) -> None:
    assert spoken(refusal(said)) == []


def test_only_refusals_of_values_complain() -> None:
    assert spoken(refusal({"error": "to is required"}, 409)) == []
    assert complaints(refusal({"n": ["This field is required."]}, 403)) == []


def read_from(place: str, request: Request) -> dict[str, object]:
    kind = dict(request.headers).get("Content-Type", "")
    if place == "query":
        return dict(request.query)
    if place != kind:
        return {}
    if place == JSON:
        return dict(json.loads(request.body))
    return dict(pair.split("=") for pair in request.body.decode().split("&"))


@pytest.mark.parametrize("place", [JSON, FORM, "query"])
def test_a_body_that_nobody_describes_is_learnt_from_what_is_said(place: str) -> None:
    search = prepare(Operation("POST", "/transfer"), ALICE, Knowledge(identities=(ALICE,)))
    request = next(search)
    try:
        while True:
            given = read_from(place, request)
            missing = next((one for one in ("to", "n") if one not in given), None)
            said = {"error": f"{missing}: is required"}
            told = Response(200) if missing is None else refusal(said)
            request = search.send(Answer(told))
    except StopIteration as stop:
        found = stop.value
    assert isinstance(found, Exercised), found
    assert set(read_from(place, found.request)) == {"to", "n"}
    assert not (found.request.query and found.request.body)


def test_rest_framework_names_fields_of_bodies_that_are_not_described() -> None:
    search = prepare(Operation("POST", "/teams"), ALICE, Knowledge())
    next(search)
    request = search.send(Answer(refusal({"name": ["This field is required."]})))
    assert set(json.loads(request.body)) == {"name"}
