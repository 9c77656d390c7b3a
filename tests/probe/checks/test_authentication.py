from __future__ import annotations

import base64
import json
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.probe.sending import observed
from tocsin.model.http import ANONYMOUS, Identity, Login, Request, Response
from tocsin.probe.checks.authentication import Kind, compare, judge, plan, script
from tocsin.probe.discover import Working
from tocsin.probe.doors import NOBODY, doors
from tocsin.probe.flaw import Flaw
from tocsin.probe.script import Came, Reply, Scene, Together

ALICE = Identity("alice", (("authorization", "Basic " + base64.b64encode(b"ali:pw").decode()),))
TOKEN = Identity("robot", (("authorization", "Bearer abc"),))
REFUSED = Response(401, (("WWW-Authenticate", "Basic"),), b'{"detail": "no"}')


def working(endpoint: str, identity: Identity = ALICE) -> Working:
    method, _, path = endpoint.partition(" ")
    request = Request(
        endpoint, endpoint, method, path, (), identity.credentials, b"", identity.name
    )
    return Working(request, Response(200))


PEOPLE = {"alice": ALICE, "robot": TOKEN, ANONYMOUS.name: ANONYMOUS}
ALL = plan(doors([working("GET /orders")], PEOPLE)[0])


def answering(
    scene: Scene, answer: Callable[[Request], Response]
) -> tuple[list[Kind], list[Request]]:
    """What the script tells of a server, and what it was asked."""
    told: list[Kind] = []
    sent: list[Request] = []
    steps = script(scene)
    came: Came = None
    with suppress(StopIteration):
        while True:
            step = steps.send(came)
            came = None
            if isinstance(step, Request):
                sent.append(step)
                came = Reply(answer(step))
            elif isinstance(step, Together):
                sent += step.attack.requests
                came = observed(step, *map(answer, step.attack.requests))
            elif isinstance(step, Flaw):
                told.append(Kind(step.kind))
    return told, sent


def answers(special: Response, *names: str) -> list[Response]:
    return [special if attempt.name in names else REFUSED for attempt in ALL]


def test_only_reads_that_want_basic_credentials_are_tried() -> None:
    public = working("GET /public"), working("GET /public", ANONYMOUS)
    known = (*public, working("POST /pay"), working("GET /mine", TOKEN), working("GET /a"))
    told, sent = answering(Scene(working=known, identities=PEOPLE), lambda _: REFUSED)
    assert {request.path for request in sent} == {"/a"}
    assert told == []


def test_what_is_open_to_all_is_no_door() -> None:
    """A configured request is sent as one identity: nobody has tried it without."""
    known = (working("GET /open"), working("GET /shut"))

    def answer(request: Request) -> Response:
        return Response(200) if request.path == "/open" else REFUSED

    told, sent = answering(Scene(working=known, identities=PEOPLE), answer)
    assert [request.path for request in sent] == ["/open", "/shut", *["/shut"] * len(ALL)]
    assert told == []


def test_after_a_refusal_for_too_many_nothing_more_is_sent_and_the_rest_is_judged() -> None:
    left = [Response(200), *[REFUSED] * 4, Response(429)]

    def answer(_: Request) -> Response:
        return left.pop(0) if len(left) > 1 else left[0]

    scene = Scene(working=[working("GET /a")], identities=PEOPLE)
    left.insert(0, REFUSED)
    told, sent = answering(scene, answer)
    assert told == [Kind.ACCEPTED]
    assert len(sent) == 7


def test_no_attempt_has_the_right_credentials_and_few_are_for_one_user() -> None:
    right = dict(ALICE.headers)["authorization"]
    sent = [dict(attempt.request.headers).get("authorization", "") for attempt in ALL]
    assert right not in sent
    # Four bytes are five letters and a bit: "ali:" begins so, whatever follows.
    begins = "Basic " + base64.b64encode(b"ali:").decode()[:5]
    assert sum(one.startswith(begins) for one in sent) == 2


def test_a_server_that_refuses_alike_has_no_flaw() -> None:
    assert judge(ALL, answers(REFUSED)) == ()


@pytest.mark.parametrize(
    ("special", "name", "kind"),
    [
        (Response(200), "an empty password", Kind.ACCEPTED),
        (Response(500), "credentials without a colon", Kind.CRASHES),
        (Response(401), "no credentials", Kind.NO_CHALLENGE),
        (Response(404), "an unknown user", Kind.TELLS_USERS),
        (Response(401, REFUSED.headers, b'{"detail": "no such user"}'), "an unknown user", Kind.TELLS_USERS),  # noqa: E501
    ],
)  # fmt: skip
def test_flaws(special: Response, name: str, kind: Kind) -> None:
    (flaw,) = judge(ALL, answers(special, name, name.replace("an unknown", "another unknown")))
    assert flaw.kind is kind
    assert flaw.reason.startswith("answers ")


def test_an_answer_that_repeats_the_name_tells_nothing() -> None:
    echo = Response(401, REFUSED.headers, b'{"detail": "no"}' + NOBODY.encode())
    assert judge(ALL, answers(echo, "an unknown user")) == ()


def test_texts_that_differ_anyway_tell_nothing() -> None:
    numbered = Response(401, REFUSED.headers, b'{"detail": "no", "id": 10}')
    assert judge(ALL, answers(numbered, "an unknown user")) == ()


def test_each_flaw_is_told_once_and_silence_is_none() -> None:
    flaws = judge(ALL, [Response(500)] * len(ALL))
    assert [flaw.kind for flaw in flaws] == [Kind.CRASHES]
    assert judge(ALL, [Response(504, error="closed")] * len(ALL)) == ()


@pytest.mark.parametrize(
    ("foreign", "encrypted", "found"),
    [(True, False, [Kind.PLAIN]), (True, True, []), (False, False, [])],
)
def test_credentials_that_leave_this_machine_are_encrypted(
    foreign: bool, encrypted: bool, found: list[Kind]
) -> None:
    known = (working("GET /public", ANONYMOUS), working("POST /pay"))
    scene = Scene(working=known, identities={"alice": ALICE}, foreign=foreign, encrypted=encrypted)
    assert answering(scene, lambda _: REFUSED)[0] == found


LOGIN = Login("POST", "/login", (), json.dumps({"username": "ali", "password": "pw"}).encode())


@pytest.mark.parametrize(
    ("unknown", "found"),
    [(Response(404), [Kind.TELLS_USERS]), (Response(401), [])],
)
def test_a_login_that_tells_users_apart(unknown: Response, found: list[Kind]) -> None:
    scene = Scene(identities={"alice": Identity("alice", login=LOGIN)}, may_change=True)

    def answer(request: Request) -> Response:
        return Response(401) if b'"ali"' in request.body else unknown

    told, sent = answering(scene, answer)
    bodies = [json.loads(one.body) for one in sent]
    assert [one["username"] for one in bodies] == [NOBODY, "ali", NOBODY[::-1]]
    assert "pw" not in {one["password"] for one in bodies}
    assert told == found


def test_where_nothing_may_change_no_login_is_tried() -> None:
    scene = Scene(identities={"alice": Identity("alice", login=LOGIN)})
    assert list(script(scene)) == []
    assert list(compare([], [])) == []
