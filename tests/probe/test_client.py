from __future__ import annotations

import pytest

from tests.probe.sending import HERE, Time, answer, client
from tocsin.model.http import Identity, Login, Request
from tocsin.probe.client import SILENCE, USER_AGENT, NotAllowed, Silent
from tocsin.probe.har import LONGEST
from tocsin.probe.message import Answer, Failure, Reason, Result, Shot, Way
from tocsin.probe.pace import Exhausted, Pace

READ = Request("read", "GET /a", "GET", "/a", (("q", "x y"),))
WRITE = Request("write", "POST /a", "POST", "/a", identity="alice")
ALICE = Identity(
    "alice", login=Login("POST", "/login", body=b'{"password": "s3cret"}', token="data.token")
)


def test_requests_name_tocsin() -> None:
    asked, server = client(lambda _: answer())
    asked.ask(READ)
    (shot,) = server.shots
    assert shot.target == "/a?q=x+y"
    assert dict(shot.headers)["user-agent"] == USER_AGENT
    assert USER_AGENT.startswith("tocsin/")


def test_nothing_that_changes_is_sent_where_nothing_may_be() -> None:
    asked, server = client(lambda _: answer(), may_change=False)
    with pytest.raises(NotAllowed, match="say --active"):
        asked.ask(WRITE)
    with pytest.raises(NotAllowed):
        asked.fire([READ, WRITE], Way(), ())
    assert server.shots == []
    assert asked.ask(READ).status == 200


def test_no_answer_has_a_reason() -> None:
    asked, _ = client(lambda _: Failure(Reason.CLOSED))
    response = asked.ask(READ)
    assert (response.status, response.error) == (504, "the server closed the connection early")


def test_the_cap_counts_every_shot() -> None:
    asked, server = client(lambda _: answer(), pace=Pace(most=3))
    asked.fire([READ, READ], Way(), ())
    with pytest.raises(Exhausted):
        asked.fire([READ, READ], Way(), ())
    assert len(server.shots) == 2
    assert [sent.volley for sent in asked.log] == [1, 1]


def test_who_is_told_to_wait_waits() -> None:
    time = Time()
    asked, _ = client(lambda _: answer(429, b"", ("retry-after", "3")), time=time)
    asked.ask(READ)
    asked.ask(READ)
    assert time.slept == [3.0]


def guarded(good: str) -> tuple[list[str], object]:
    """A server that wants this token, and hands out one more with every login."""
    tokens: list[str] = []

    def handler(shot: Shot) -> Result:
        if shot.target == "/login":
            tokens.append(f"token-{len(tokens)}")
            return answer(200, b'{"data": {"token": "%s"}}' % tokens[-1].encode())
        fresh = dict(shot.headers).get("authorization") == f"Bearer {good}"
        return answer(200 if fresh else 401)

    return tokens, handler


def test_expired_credentials_are_made_again_once() -> None:
    tokens, handler = guarded("token-1")
    asked, server = client(handler, [ALICE])  # type: ignore[arg-type]
    assert asked.log_in("alice")
    assert asked.ask(WRITE).status == 200
    assert tokens == ["token-0", "token-1"]
    assert [shot.target for shot in server.shots] == ["/login", "/a", "/login", "/a"]
    assert asked.redactor.text("is token-1 or token-0") == (
        "is <secret alice.token> or <secret alice.token>"
    )


def test_an_identity_logs_in_only_so_often() -> None:
    tokens, handler = guarded("never")
    asked, _ = client(handler, [ALICE])  # type: ignore[arg-type]
    for _ in range(20):
        assert asked.ask(WRITE).status == 401
    assert len(tokens) == 5


def test_a_login_that_fails_is_one_note() -> None:
    asked, _ = client(lambda _: answer(403), [ALICE])
    assert not asked.log_in("alice")
    assert asked.notes == ["the login of alice is answered with 403"]


def test_volleys_wear_the_credentials_of_today() -> None:
    _, handler = guarded("token-0")
    asked, server = client(handler, [ALICE])  # type: ignore[arg-type]
    asked.log_in("alice")
    observation = asked.fire([WRITE, WRITE], Way(), ())
    assert [each.status for each in observation.answers] == [200, 200]
    assert {sent.origin for sent in asked.log} == {HERE}
    assert len(server.shots) == 3


def test_a_server_that_has_gone_is_not_asked_for_hours() -> None:
    answers: list[Result] = [answer()]
    asked, server = client(lambda _: answers[-1])
    lost = Failure(Reason.TIMEOUT)
    answers.append(lost)
    for _ in range(SILENCE - 1):
        asked.ask(READ)
    answers.append(answer())
    assert asked.ask(READ).status == 200, "one answer, and it is there again"
    answers.append(lost)
    asked.fire([READ] * SILENCE, Way(), ())
    sent = len(server.shots)
    with pytest.raises(Silent, match=f"has not answered {SILENCE} requests in a row"):
        asked.ask(READ)
    assert len(server.shots) == sent


def test_requests_that_cannot_be_sent_say_nothing_about_the_server() -> None:
    asked, _ = client(lambda _: Failure(Reason.REQUEST))
    for _ in range(2 * SILENCE):
        asked.ask(READ)


def test_the_log_does_not_keep_large_answers_whole() -> None:
    large = b"x" * (LONGEST * 3)
    asked, _ = client(lambda _: answer(200, large))
    assert asked.ask(READ).body == large
    (kept,) = asked.log
    assert isinstance(kept.result, Answer)
    assert len(kept.result.body) == LONGEST + 1


def test_sessions_that_rotate_are_followed() -> None:
    number = iter(range(100))
    valid: list[str] = []

    def handler(shot: Shot) -> Result:
        worn = dict(shot.headers).get("cookie", "")
        if shot.target != "/login" and worn != f"session={valid[-1]}":
            return answer(401, b"", ("set-cookie", "session=nobody"))
        valid.append(f"secret-{next(number)}")
        return answer(200, b"{}", ("set-cookie", f"session={valid[-1]}"))

    rotating = Identity("alice", login=Login("POST", "/login"))
    asked, server = client(handler, [rotating])
    assert asked.log_in("alice")
    assert [asked.ask(WRITE).status for _ in range(10)] == [200] * 10
    assert [shot.target for shot in server.shots].count("/login") == 1
    assert "secret-5" not in asked.redactor.text("is secret-5")


def test_reads_are_under_way_together_and_refused_ones_sent_again() -> None:
    tokens, handler = guarded("token-1")
    asked, _ = client(handler, [ALICE])  # type: ignore[arg-type]
    assert asked.log_in("alice")
    read = Request("read", "GET /a", "GET", "/a", identity="alice")
    assert [one.status for one in asked.read([read, read])] == [200, 200]
    assert tokens == ["token-0", "token-1"]
    assert [sent.volley for sent in asked.log][1:3] == [1, 1]


def test_reads_without_an_answer_are_sent_again_alone() -> None:
    given = iter([Failure(Reason.CLOSED), answer(), answer()])
    asked, server = client(lambda _: next(given))
    assert [one.status for one in asked.read([READ, READ])] == [200, 200]
    assert len(server.shots) == 3
