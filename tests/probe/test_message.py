"""Volleys and what came of them: what can be said without looking at the wire."""

from __future__ import annotations

import pytest

from tocsin.probe.message import (
    Answer,
    Failure,
    Hold,
    Observation,
    Origin,
    Protocol,
    Reason,
    Result,
    Shot,
    Volley,
    Way,
)

ORIGIN = Origin("http", "127.0.0.1", 8000)
SHOT = Shot("POST", "/orders/1/cancel", (("authorization", "Basic c2VjcmV0"),), b"{}", "alice")


def seen(*results: Result) -> Observation:
    volley = Volley(ORIGIN, (SHOT,) * len(results))
    return Observation(volley, results, volley.way, released=10.0)


def answer(sent: float, first: float) -> Answer:
    return Answer(200, (("content-type", "text/plain"),), b"", sent, first, first)


@pytest.mark.parametrize(
    ("origin", "authority"),
    [
        (Origin("http", "a.example", 80), "a.example"),
        (Origin("https", "a.example", 80), "a.example:80"),
        (Origin("https", "::1", 443), "[::1]"),
        (Origin("http", "::1", 8000), "[::1]:8000"),
    ],
)
def test_the_authority_leaves_out_the_port_of_the_scheme(origin: Origin, authority: str) -> None:
    assert origin.authority == authority
    assert str(origin) == f"{origin.scheme}://{authority}"


def test_credentials_are_in_no_repr() -> None:
    assert "c2VjcmV0" not in repr(Volley(ORIGIN, (SHOT, SHOT)))
    assert "alice" in repr(SHOT)


def test_requests_overlapped_if_all_were_released_before_the_first_answer() -> None:
    assert seen(answer(10.1, 10.3), answer(10.2, 10.4)).overlapped
    assert not seen(answer(10.1, 10.15), answer(10.2, 10.4)).overlapped


def test_what_was_never_released_did_not_overlap() -> None:
    assert not seen(answer(10.1, 10.3), Failure(Reason.GOAWAY)).overlapped
    assert not seen(answer(10.1, 10.3)).overlapped
    assert not seen(Failure(Reason.CLOSED, sent=10.1), Failure(Reason.CLOSED, sent=10.1)).overlapped


def test_the_spread_is_that_of_the_releases() -> None:
    found = seen(answer(10.125, 11), answer(10.5, 11), Failure(Reason.RESET, sent=10.25))
    assert found.spread == 0.375
    assert seen(Failure(Reason.GOAWAY)).spread == 0


def test_answers_before_the_release_are_counted() -> None:
    assert seen(answer(10.1, 9.9), answer(10.1, 10.2)).early == 1


def test_answers_and_failures_are_told_apart() -> None:
    found = seen(answer(10.1, 10.2), Failure(Reason.RESET, "code 8"))
    assert [len(found.answers), len(found.failures)] == [1, 1]
    assert str(found.failures[0]) == "the server reset the stream (RST_STREAM): code 8"
    assert str(Failure(Reason.TIMEOUT)) == "no complete answer in time"
    assert found.answers[0].header("Content-Type") == "text/plain"
    assert found.answers[0].header("etag") is None


def test_a_way_is_said_in_words() -> None:
    way = Way(Protocol.HTTP2, Hold.END_STREAM, 4)
    assert str(way) == "HTTP/2, 4 connections, holding back the end of the body"


@pytest.mark.parametrize(
    ("shots", "offsets"), [((), ()), ((SHOT,), (0.0, 0.1)), ((SHOT, SHOT), (0.0, -0.1))]
)
def test_a_volley_makes_sense(shots: tuple[Shot, ...], offsets: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="volley"):
        Volley(ORIGIN, shots, offsets=offsets)
