from __future__ import annotations

import pytest

from tocsin.model.http import Response
from tocsin.probe.fingerprint import framework

UVICORN = (("server", "uvicorn"),)
DENY = (("x-frame-options", "DENY"),)


@pytest.mark.parametrize(
    ("responses", "expected"),
    [
        ([Response(404, UVICORN, b'{"detail":"Not Found"}')], "fastapi"),
        ([Response(200, body=b'{"components": {"schemas": {"HTTPValidationError": {}}}}')], "fastapi"),  # noqa: E501
        ([Response(404, (("server", "Werkzeug/3.1 Python/3.11"),))], "flask"),
        ([Response(200, (("set-cookie", "csrftoken=abc; Path=/"),))], "django"),
        ([Response(404, DENY, b"<p>The requested resource was not found on this server.</p>")], "django"),  # noqa: E501
        ([Response(401, body=b'{"detail":"Authentication credentials were not provided."}')], "django"),  # noqa: E501
        ([Response(200, UVICORN)], ""),
        ([Response(200, DENY)], ""),
        ([], ""),
        ([Response(200, (("server", "nginx"),), b"<html>")], ""),
        ([Response(200, (("set-cookie", "csrftoken=a"), ("server", "Werkzeug/3")))], ""),
    ],
)  # fmt: skip
def test_signs(responses: list[Response], expected: str) -> None:
    assert framework(responses) == expected
