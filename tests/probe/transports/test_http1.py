"""HTTP/1.1: the kit, and what only this version can do wrong."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.probe.transports.peers import Http1Peer
from tocsin.probe.message import Answer, Failure, Hold, Origin, Reason, Result, Shot
from tocsin.probe.transports.base import Limits
from tocsin.probe.transports.http1 import HTTP1, Http1
from tocsin.testing.check_transport import CHECKS, Check, check_transport

ORIGIN = Origin("http", "api.example", 8000)
SHOT = Shot("POST", "/cancel", (("Cookie", "a=b"),), b"body")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_conforms(check: Check) -> None:
    check(HTTP1, Http1Peer)


def test_the_kit_runs_all_its_checks() -> None:
    check_transport(HTTP1, Http1Peer)


def said(
    *parts: bytes, shot: Shot = SHOT, limits: Limits | None = None, end: bool = True
) -> Result:
    """What is made of an answer that comes in these parts."""
    framing = Http1(ORIGIN, limits or Limits())
    (exchange,) = framing.load([shot], Hold.WHOLE)
    framing.release([exchange])
    framing.take()
    for now, part in enumerate(parts, 1):
        framing.receive(part, float(now))
    if end:
        framing.end(100.0)
    return exchange.result()


def cut(data: bytes, places: list[int]) -> list[bytes]:
    marks = sorted({0, len(data), *(place % len(data) for place in places)})
    return [data[a:b] for a, b in pairwise(marks)]


ANSWERS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nTrailer: x\r\n\r\n",
    b"HTTP/1.0 200 OK\r\n\r\nuntil the end",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
    b"not HTTP at all\r\n\r\n",
]


@settings(deadline=None)
@given(st.sampled_from(ANSWERS), st.lists(st.integers(0, 1000)))
def test_any_split_gives_the_same_answer(data: bytes, places: list[int]) -> None:
    whole, parts = said(data), said(*cut(data, places))
    assert type(whole) is type(parts)
    assert whole.status == parts.status
    if isinstance(whole, Answer) and isinstance(parts, Answer):
        assert (whole.headers, whole.body) == (parts.headers, parts.body)
    elif isinstance(whole, Failure) and isinstance(parts, Failure):
        assert whole.reason == parts.reason


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40) | st.sampled_from(ANSWERS), max_size=5))
def test_nothing_a_server_sends_raises(parts: list[bytes]) -> None:
    said(*parts)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Reason.CLOSED),
        (b"HTTP/1.1 200", Reason.CLOSED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", Reason.CLOSED),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", Reason.GARBAGE),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", Reason.GARBAGE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", Reason.GARBAGE),
    ],
)
def test_an_answer_that_is_none_has_one_reason(data: bytes, reason: Reason) -> None:
    result = said(data)
    assert isinstance(result, Failure)
    assert result.reason is reason


def test_endless_headers_are_cut_off() -> None:
    endless = [b"HTTP/1.1 200 OK\r\n", *([b"x: " + b"y" * 100 + b"\r\n"] * 20)]
    result = said(*endless, limits=Limits(head=1000), end=False)
    assert isinstance(result, Failure)
    assert result.reason is Reason.GARBAGE


def test_an_answer_that_does_not_come_timed_out() -> None:
    result = said(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", end=False)
    assert isinstance(result, Failure)
    assert (result.reason, result.status) == (Reason.TIMEOUT, 200)


def test_what_is_held_is_the_last_byte_and_the_one_before_wakes() -> None:
    for hold, ahead, nudge in (
        (Hold.END_STREAM, b"Cookie: a=b\r\nContent-Length: 4\r\n\r\nbo", b"d"),
        (Hold.LAST_HEADER_BYTES, b"Cookie: a=b\r\nContent-Length: 4\r\n", b"\r"),
        (Hold.WHOLE, b"", b""),
    ):
        for nudged in (False, True):
            framing = Http1(ORIGIN, Limits())
            (exchange,) = framing.load([SHOT], hold)
            sent = b"".join(framing.take())
            assert sent.endswith(ahead)
            if nudged:
                framing.nudge()
                framing.nudge()
                said = b"".join(framing.take())
                assert said == nudge
                sent += said
            framing.release([exchange])
            head = b"POST /cancel HTTP/1.1\r\nHost: api.example:8000\r\n"
            rest = b"Cookie: a=b\r\nContent-Length: 4\r\n\r\nbody"
            assert sent + b"".join(framing.take()) == head + rest


def test_a_body_of_one_byte_is_held_whole() -> None:
    framing = Http1(ORIGIN, Limits())
    (exchange,) = framing.load([Shot("POST", "/", (), b"x")], Hold.END_STREAM)
    assert b"".join(framing.take()).endswith(b"\r\n\r\n")
    framing.nudge()
    assert framing.take() == []
    framing.release([exchange])
    assert framing.take() == [b"x"]


def test_fields_of_the_connection_are_not_the_shots() -> None:
    shot = Shot(
        "GET", "/", (("Content-Length", "7"), ("Connection", "close"), ("Host", "other.example"))
    )
    framing = Http1(ORIGIN, Limits())
    framing.release(framing.load([shot], Hold.WHOLE))
    assert b"".join(framing.take()) == b"GET / HTTP/1.1\r\nHost: other.example\r\n\r\n"


def test_a_connection_that_speaks_unasked_is_not_used_again() -> None:
    framing = Http1(ORIGIN, Limits())
    framing.receive(b"HTTP/1.1 408 Request Timeout\r\n\r\n", 1.0)
    assert not framing.reusable


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_a_connection_that_the_server_leaves_is_not_used_again(data: bytes) -> None:
    framing = Http1(ORIGIN, Limits())
    (exchange,) = framing.load([SHOT], Hold.WHOLE)
    framing.release([exchange])
    framing.receive(data, 1.0)
    assert exchange.result().status == 200
    assert not framing.reusable


def test_head_and_204_have_no_body() -> None:
    data = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
    result = said(data, shot=Shot("HEAD", "/"), end=False)
    assert isinstance(result, Answer)
    assert result.body == b""
