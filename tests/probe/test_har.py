from __future__ import annotations

import json
from datetime import UTC, datetime

from tocsin.model.secret import Secret
from tocsin.probe.har import LONGEST, Sent, dumps
from tocsin.probe.message import Answer, Failure, Origin, Reason, Shot
from tocsin.probe.redaction import Redactor
from tocsin.probe.spec.load import read

HERE = Origin("http", "127.0.0.1", 8000)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PASSWORD = "s3cret-pass/word"


def log() -> list[Sent]:
    shot = Shot(
        "POST",
        "/login?p=s3cret-pass%2Fword",
        (("authorization", f"Bearer {PASSWORD}"), ("content-type", "application/json")),
        json.dumps({"password": PASSWORD}).encode(),
        "alice",
        "log in",
    )
    headers = (("set-cookie", "session=abcdefgh"), ("content-type", "application/json"))
    said = Answer(200, headers, f'{{"echo": "{PASSWORD}"}}'.encode(), 1.0, 1.2, 1.25)
    return [
        Sent(HERE, shot, said, NOW, 3),
        Sent(HERE, shot, Failure(Reason.TIMEOUT), NOW),
    ]


def test_the_log_can_be_read_and_holds_no_secret() -> None:
    text = dumps(log(), Redactor((Secret("alice.password", PASSWORD),)))
    for form in (PASSWORD, "s3cret-pass%2Fword", "abcdefgh"):
        assert form not in text
    entries = json.loads(text)["log"]["entries"]
    assert [one["response"]["status"] for one in entries] == [200, 0]
    assert entries[0]["time"] == 250.0
    assert entries[0]["comment"] == "log in as alice, volley 3"
    assert entries[1]["response"]["comment"] == "no complete answer in time"
    assert len(read(text.encode(), "x").recorded) == 2


def test_what_is_cut_off_is_no_half_of_a_secret() -> None:
    body = b"x" * (LONGEST - 4) + PASSWORD.encode()
    sent = Sent(HERE, Shot("GET", "/"), Answer(200, (), body), NOW)
    assert "s3cr" not in dumps([sent], Redactor((Secret("a.b", PASSWORD),)))
