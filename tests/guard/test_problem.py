"""A refusal on the wire."""

import json

from tocsin.guard import errors, problem


def test_a_refusal_tells_status_title_and_detail() -> None:
    told = problem.of(errors.Conflict("the order is shipped"))
    assert told.status == 409
    assert told.headers == {"Content-Type": "application/problem+json"}
    assert json.loads(told.body) == {
        "title": "Conflict",
        "status": 409,
        "detail": "the order is shipped",
    }


def test_a_limit_says_when_to_come_back() -> None:
    told = problem.of(errors.TooMany("five attempts a minute", retry_after=42))
    assert told.status == 429
    assert told.headers["Retry-After"] == "42"


def test_headers_cannot_be_changed_afterwards() -> None:
    given = {"WWW-Authenticate": "Basic"}
    error = errors.Unauthenticated("who are you?", headers=given)
    given["WWW-Authenticate"] = "none"
    assert error.headers["WWW-Authenticate"] == "Basic"
