from __future__ import annotations

import base64
import json
from urllib.parse import parse_qsl

import pytest

from tocsin.model.http import ANONYMOUS, Identity, Login, Request, Response
from tocsin.probe.discover import Working
from tocsin.probe.doors import TRIED, basic, basic_user, bearing, door_of, doors, shut
from tocsin.probe.script import Reply

ALICE = Identity("alice", (("Authorization", basic("ali:pw")),), username="ali")
PEOPLE = {"alice": ALICE, ANONYMOUS.name: ANONYMOUS}


def working(endpoint: str, who: str = "alice", **more: object) -> Working:
    method, _, path = endpoint.partition(" ")
    request = Request(endpoint, endpoint, method, path, identity=who, **more)  # type: ignore[arg-type]
    return Working(request, Response(200))


def decoded(request: Request) -> str:
    value = dict(request.headers)["authorization"]
    return base64.b64decode(value.removeprefix("Basic ")).decode()


def test_reads_that_are_not_public_are_doors_of_basic() -> None:
    known = [
        working("GET /public"),
        working("GET /public", ANONYMOUS.name),
        working("POST /pay"),
        working("GET /mine", headers=(*ALICE.headers, ("Accept", "x"), ("Cookie", "s=1"))),
        working("GET /more"),
    ]
    door, more = doors(known, PEOPLE)
    assert (door.request.path, door.user, more.request.path) == ("/mine", "ali", "/more")
    tried = door.tried("zoe", "wrong")
    assert decoded(tried) == "zoe:wrong"
    assert dict(tried.headers).keys() == {"authorization", "Accept"}
    assert tried.identity == ANONYMOUS.name


def test_where_nothing_is_read_what_changes_something_is_a_door_if_it_may_be_sent() -> None:
    assert doors([working("POST /pay")], PEOPLE) == ()
    (door,) = doors([working("POST /pay")], PEOPLE, changing=True)
    assert door.request.path == "/pay"


@pytest.mark.parametrize(
    ("statuses", "found"),
    [
        ([401], ["/0", "/login"]),
        ([200, 403], ["/1", "/login"]),
        ([200, 404, 500], ["/2", "/login"]),
        ([200] * 9, ["/login"]),
    ],
)
def test_what_is_open_to_all_is_passed_by(statuses: list[int], found: list[str]) -> None:
    basics = doors([working(f"GET /{number}") for number in range(9)], PEOPLE)
    login = door_of(working("POST /login", body=b'{"username": "a", "password": "b"}').request)
    assert login is not None
    steps = shut([*basics, login])
    step = next(steps)
    asked = 0
    try:
        while True:
            assert isinstance(step, Request)
            assert "authorization" not in dict(step.headers)
            asked += 1
            step = steps.send(Reply(Response(statuses[asked - 1])))
    except StopIteration as stop:
        assert [door.request.path for door in stop.value] == found
    assert asked == min(len(statuses), TRIED)


def test_a_configured_login_is_a_door_with_its_own_fields() -> None:
    body = json.dumps({"email": "a@x", "password": "pw", "remember": True}).encode()
    people = {"alice": Identity("alice", login=Login("POST", "/login", (), body))}
    (door,) = doors([], people)
    assert (door.user, door.fields) == ("a@x", ("email", "password"))
    sent = json.loads(door.tried("b@x", "wrong").body)
    assert sent == {"email": "b@x", "password": "wrong", "remember": True}


def test_a_form_stays_a_form() -> None:
    kind = (("Content-Type", "application/x-www-form-urlencoded"),)
    login = working("POST /login", ANONYMOUS.name, headers=kind, body=b"username=a&password=b&x=1")
    (door,) = doors([login], PEOPLE)
    sent = dict(parse_qsl(door.tried("c&d", "e=f").body.decode()))
    assert sent == {"username": "c&d", "password": "e=f", "x": "1"}


def test_what_asks_for_no_password_is_no_door() -> None:
    assert doors([working("POST /login", body=b"not JSON")], PEOPLE) == ()
    assert doors([working("POST /login", body=b'{"username": "a"}')], PEOPLE) == ()
    assert doors([working("POST /users", body=b'{"username": "a", "password": "b"}')], PEOPLE) == ()


def test_the_door_of_a_request_that_was_written_down() -> None:
    (door,) = doors([working("GET /mine", headers=ALICE.headers)], PEOPLE)
    known = door_of(door.tried("zoe", "wrong"))
    assert known is not None
    assert (known.user, known.fields) == ("zoe", None)
    assert decoded(known.tried("eve", "x")) == "eve:x"
    login = working("POST /login", body=b'{"username": "a", "password": "b"}').request
    found = door_of(login)
    assert found is not None
    assert json.loads(found.tried("c", "d").body) == {"username": "c", "password": "d"}
    assert door_of(working("GET /").request) is None


def test_who_uses_basic() -> None:
    assert basic_user(ALICE) == "ali"
    assert basic_user(Identity("x", (("authorization", "Bearer abc"),))) == ""
    assert basic_user(Identity("x", (("authorization", "Basic %"),))) == ""
    assert basic_user(None) == ""


def test_a_request_without_credentials_keeps_its_other_headers() -> None:
    request = Request("r", "GET /", "GET", "/", headers=(("Cookie", "a=b"), ("Accept", "x")))
    assert bearing(request, None).headers == (("Accept", "x"),)
