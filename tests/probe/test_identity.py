from __future__ import annotations

import pytest

from tocsin.model.http import ANONYMOUS, Identity, Login, Request, Response
from tocsin.probe.identity import ROTATIONS, Sessions, found_in, set_cookies


def alice(**changes: object) -> Identity:
    return Identity("alice", login=Login("POST", "/login", **changes))  # type: ignore[arg-type]


def test_anonymous_is_always_there() -> None:
    sessions = Sessions.of([Identity("bob", (("authorization", "x"),))])
    assert [one.name for one in sessions.everybody] == ["bob", "anonymous"]
    sessions.drop(ANONYMOUS.name)
    sessions.drop("bob")
    assert sessions.everybody == (ANONYMOUS,)


def test_cookies_are_credentials_where_no_token_is_configured() -> None:
    sessions = Sessions.of([alice()])
    response = Response(302, (("Set-Cookie", "session=abc123; HttpOnly; Path=/"),))
    reason, secrets = sessions.logged_in("alice", response)
    assert reason == ""
    assert [(secret.name, secret.value) for secret in secrets] == [
        ("alice.session.session", "abc123")
    ]
    worn = sessions.worn(
        Request("r", "GET /", "GET", "/", headers=(("Cookie", "old"),), identity="alice")
    )
    assert worn.headers == (("cookie", "session=abc123"),)


def test_tokens_go_where_the_configuration_says() -> None:
    sessions = Sessions.of([alice(token="t.0", header="x-token", prefix="")])
    reason, _ = sessions.logged_in("alice", Response(200, body=b'{"t": ["abc123"]}'))
    assert reason == ""
    assert sessions.known["alice"].headers == (("x-token", "abc123"),)


@pytest.mark.parametrize(
    ("response", "token", "reason"),
    [
        (Response(500), "", "the login of alice is answered with 500"),
        (Response(200), "", "the login of alice sets no cookie, and no token is configured"),
        (Response(200, body=b"{}"), "a.b", "the answer to the login of alice has no 'a.b'"),
        (Response(200, body=b"<html>"), "a", "the answer to the login of alice has no 'a'"),
        (Response(200, body=b'{"a": 3}'), "a", "the answer to the login of alice has no 'a'"),
    ],
)
def test_logins_that_give_nothing(response: Response, token: str, reason: str) -> None:
    sessions = Sessions.of([alice(token=token)])
    assert sessions.logged_in("alice", response) == (reason, ())


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("a=1; Path=/; Secure; SameSite=Lax", {"a": "1"}),
        ("a=; Max-Age=0", {}),
        ("a=1; Max-Age=0", {}),
        ("=;;;", {}),
        ("", {}),
    ],
)
def test_cookies(header: str, found: dict[str, str]) -> None:
    assert set_cookies(Response(200, (("set-cookie", header),))) == found


def test_paths_into_answers() -> None:
    assert found_in(b'{"a": [{"b": "x"}]}', "a.0.b") == "x"
    assert found_in(b'{"a": [{"b": "x"}]}', "a.7.b") == ""
    assert found_in(b'{"a": {"b": {}}}', "a.b") == ""


def test_sessions_that_rotate_for_ever_are_worn_but_not_all_remembered() -> None:
    sessions = Sessions.of([alice()])
    sessions.logged_in("alice", Response(200, (("Set-Cookie", "session=0"),)))
    told = [
        sessions.rotated("alice", Response(200, (("Set-Cookie", f"session={number}; Path=/"),)))
        for number in range(1, ROTATIONS + 3)
    ]
    assert [secret.value for secret in told[0]] == ["1"]
    assert told[ROTATIONS:] == [(), ()]
    assert dict(sessions.known["alice"].cookies) == {"session": str(ROTATIONS + 2)}
    refused = Response(401, (("Set-Cookie", "session=nobody"),))
    assert sessions.rotated("alice", refused) == ()
    assert sessions.rotated("bob", refused) == ()
    assert dict(sessions.known["alice"].cookies) == {"session": str(ROTATIONS + 2)}
