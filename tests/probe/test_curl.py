from __future__ import annotations

import shlex

from tocsin.model.http import Request
from tocsin.model.secret import Secret
from tocsin.probe.curl import command
from tocsin.probe.message import Origin
from tocsin.probe.redaction import Redactor
from tocsin.probe.spec.load import read

HERE = Origin("http", "127.0.0.1", 8000)


def test_the_command_is_the_request_without_credentials() -> None:
    request = Request(
        "pay",
        "POST /pay",
        "POST",
        "/pay",
        (("token", "s3cret-token"),),
        (
            ("Authorization", "Basic YWxpY2U6cGFzcw=="),
            ("X-API-Key", "k3y-of-alice"),
            ("Content-Type", "application/json"),
        ),
        b'{"note": "it\'s", "again": "s3cret-token"}',
        "alice",
    )
    text = command(HERE, request, Redactor((Secret("alice.token", "s3cret-token"),)))
    for secret in ("s3cret-token", "YWxpY2U6cGFzcw==", "k3y-of-alice"):
        assert secret not in text
    words = shlex.split(text)
    assert words[:4] == ["curl", "-i", "-X", "POST"]
    assert "alice:<password>" in words
    (recorded,) = read(text.encode(), "x").recorded
    assert (recorded.method, recorded.body.startswith(b'{"note": "it\'s"')) == ("POST", True)
