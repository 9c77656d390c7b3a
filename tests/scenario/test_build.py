"""Inputs on the wire."""

from __future__ import annotations

import json

from tests.scenario.people import identity
from tocsin.model.http import ANONYMOUS, Operation, Parameter
from tocsin.scenario.build import FORM, JSON, MULTIPART, Inputs, build

ALICE = identity("alice", basic=("alice", "wönder"), cookies={"session": "s1"})
TRANSFER = Operation("POST", "/accounts/{account}/transfer")


def test_path_values_are_quoted() -> None:
    request = build(TRANSFER, Inputs(path={"account": "a/b ü?"}), ANONYMOUS)
    assert request.path == "/accounts/a%2Fb%20%C3%BC%3F/transfer"
    assert request.endpoint == "POST /accounts/{account}/transfer"


def test_a_path_that_may_hold_slashes_keeps_them() -> None:
    operation = Operation(
        "GET", "/files/{name}", (Parameter("name", "path", schema={"format": "path"}),)
    )
    assert build(operation, Inputs(path={"name": "a/b"}), ANONYMOUS).path == "/files/a/b"


def test_credentials_go_into_headers() -> None:
    request = build(TRANSFER, Inputs(cookie={"csrftoken": "t"}), ALICE)
    assert dict(request.headers) == {
        "authorization": "Basic YWxpY2U6d8O2bmRlcg==",
        "Cookie": "csrftoken=t; session=s1",
    }
    assert request.identity == "alice"


def test_the_name_says_what_is_asked() -> None:
    inputs = Inputs(
        path={"account": 1}, query={"dry": True}, fields={"to": "bob", "n": 60}, content_type=JSON
    )
    name = build(TRANSFER, inputs, ALICE).name
    assert name == "POST /accounts/1/transfer?dry=true {to: bob, n: 60} as alice"


def test_json() -> None:
    request = build(TRANSFER, Inputs(fields={"n": 60, "tags": ["a"]}, content_type=JSON), ANONYMOUS)
    assert json.loads(request.body) == {"n": 60, "tags": ["a"]}
    assert ("Content-Type", JSON) in request.headers
    whole = build(TRANSFER, Inputs(whole=[1, 2], content_type=JSON), ANONYMOUS)
    assert whole.body == b"[1, 2]"


def test_forms() -> None:
    inputs = Inputs(fields={"n": 60, "on": True, "tags": ["a", "b"], "no": None}, content_type=FORM)
    assert build(TRANSFER, inputs, ANONYMOUS).body == b"n=60&on=true&tags=a&tags=b"


def test_files() -> None:
    inputs = Inputs(
        fields={"title": "bell", "picture": "x"},
        files=frozenset({"picture"}),
        content_type=MULTIPART,
    )
    body = build(TRANSFER, inputs, ANONYMOUS).body.decode()
    assert 'name="title"\r\n\r\nbell\r\n' in body
    assert 'name="picture"; filename="tocsin.txt"\r\nContent-Type: text/plain\r\n\r\ntocsin' in body


def test_no_body() -> None:
    request = build(TRANSFER, Inputs(), ANONYMOUS)
    assert (request.body, request.headers) == (b"", ())
