"""The user's own requests, as the explorer takes them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tocsin.config import Config, RequestConfig
from tocsin.errors import UsageError
from tocsin.model.http import ANONYMOUS, Identity, Request
from tocsin.scan.requests import given

ALICE = Identity(
    "alice", headers=(("authorization", "Bearer t1"),), cookies=(("s", "1"), ("t", "2"))
)


def made(*identities: Identity, **entry: Any) -> Request:
    entry = {"name": "withdraw", "request": "POST /accounts/{id}", "params": {"id": "a b"}} | entry
    (request,) = given(Config(requests=(RequestConfig(**entry),)), identities)
    return request


def test_values_go_into_the_path_and_the_template_stays() -> None:
    request = made()
    assert request.path == "/accounts/a%20b"
    assert request.endpoint == "POST /accounts/{id}"
    assert request.method == "POST"
    assert request.identity == ANONYMOUS.name


def test_a_value_that_is_missing_is_asked_for() -> None:
    with pytest.raises(UsageError, match="request 'withdraw': say which id in its params"):
        made(params={})


def test_a_json_body() -> None:
    request = made(json={"n": [1, "ö"]})
    assert json.loads(request.body) == {"n": [1, "ö"]}
    assert dict(request.headers)["content-type"] == "application/json"


def test_a_form() -> None:
    request = made(form={"a": (1, 2), "ok": True})
    assert request.body == b"a=1&a=2&ok=true"
    assert dict(request.headers)["content-type"] == "application/x-www-form-urlencoded"


def test_a_content_type_of_the_user_s_own() -> None:
    request = made(json={}, headers={"Content-Type": "application/vnd.shop+json"})
    assert request.headers == (("content-type", "application/vnd.shop+json"),)


def test_a_query() -> None:
    request = made(query={"n": (1, 2), "dry": False})
    assert request.query == (("n", "1"), ("n", "2"), ("dry", "false"))


def test_credentials_are_the_identity_s() -> None:
    request = made(ALICE, identity="alice")
    assert request.identity == "alice"
    assert dict(request.headers) == {"authorization": "Bearer t1", "cookie": "s=1; t=2"}


def test_requests_of_identities_that_were_not_asked_for_stay_out() -> None:
    entry = RequestConfig(name="x", request="POST /x", identity="alice")
    assert given(Config(requests=(entry,)), ()) == ()


def test_nobody_has_no_credentials() -> None:
    assert ANONYMOUS.credentials == ()
