"""Which framework answers: signs in headers and bodies, each with its weight."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tocsin.model.http import Response

SURE = 2
"""So much weight decides; less is a guess that nobody needs."""


@dataclass(frozen=True, slots=True)
class Sign:
    """A pattern in one header (``body`` and ``status`` aside) that one framework leaves."""

    framework: str
    where: str
    pattern: re.Pattern[str]
    weight: int = SURE


def _sign(framework: str, where: str, pattern: str, weight: int = SURE) -> Sign:
    return Sign(framework, where, re.compile(pattern, re.IGNORECASE | re.DOTALL), weight)


SIGNS = (
    _sign("fastapi", "body", r'"HTTPValidationError"'),
    _sign("fastapi", "body", r'"loc":\s*\["(?:body|query|path|header|cookie)"'),
    _sign("fastapi", "body", r"<title>[^<]* - Swagger UI</title>.*fastapi"),
    _sign(
        "fastapi", "body", r'^\{"detail":"(?:Not Found|Method Not Allowed|Not authenticated)"\}$'
    ),
    _sign("fastapi", "server", r"^(?:uvicorn|hypercorn|granian|daphne)", 1),
    _sign("flask", "server", r"^werkzeug/"),
    _sign("flask", "body", r"<p>The requested URL was not found on the server\. If you entered"),
    _sign("flask", "body", r"<p>The method is not allowed for the requested URL\.</p>"),
    _sign("flask", "set-cookie", r"^session=eyJ[\w-]*\.[\w-]+\.[\w-]+", 1),
    _sign(
        "django", "body", r"<title>Page not found at |DJANGO_SETTINGS_MODULE|csrfmiddlewaretoken"
    ),
    _sign("django", "body", r"<p>The requested resource was not found on this server\.</p>"),
    _sign("django", "body", r'^\{"detail":\s*"(?:Not found\.|Method \\"\w+\\" not allowed\.)"'),
    _sign("django", "body", r'"detail":\s*"Authentication credentials were not provided\."'),
    _sign("django", "set-cookie", r"^(?:csrftoken|sessionid)="),
    _sign("django", "server", r"^WSGIServer/"),
    _sign("django", "cross-origin-opener-policy", r"^same-origin$", 1),
    _sign("django", "x-frame-options", r"^DENY$", 1),
)


def framework(responses: Iterable[Response]) -> str:
    """``fastapi``, ``flask``, ``django``, or nothing where the signs are few or at odds."""
    weights: Counter[str] = Counter()
    seen: set[Sign] = set()
    for response in responses:
        for sign in SIGNS:
            if sign not in seen and any(map(sign.pattern.search, _texts(response, sign.where))):
                seen.add(sign)
                weights[sign.framework] += sign.weight
    ranked = weights.most_common(2)
    if not ranked or ranked[0][1] < SURE:
        return ""
    at_odds = len(ranked) > 1 and ranked[0][1] == ranked[1][1]
    return "" if at_odds else ranked[0][0]


def _texts(response: Response, where: str) -> list[str]:
    if where == "body":
        return [response.body[:200_000].decode("utf-8", "replace").strip()]
    return [value for name, value in response.headers if name.lower() == where]
