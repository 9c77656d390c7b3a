"""Answers put together, decoded and bounded."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.probe.message import Answer, Failure, Reason, Shot
from tocsin.probe.transports.exchange import Exchange, decoded, printable

SHOT = Shot("GET", "/")


def raw(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(
    ("codings", "body"),
    [
        ([], b"plain"),
        (["gzip"], gzip.compress(b"plain")),
        (["x-gzip"], gzip.compress(b"plain")),
        (["deflate"], zlib.compress(b"plain")),
        (["deflate"], raw(b"plain")),
        (["deflate", "gzip"], gzip.compress(zlib.compress(b"plain"))),
    ],
    ids=["none", "gzip", "x-gzip", "zlib", "deflate", "both"],
)
def test_codings_are_undone(codings: list[str], body: bytes) -> None:
    assert decoded(body, codings, 100) == (b"plain", "")


@pytest.mark.parametrize(
    ("codings", "body", "left"),
    [
        (["br"], b"\x0b\x02\x80plain\x03", "br"),
        (["gzip"], b"no gzip", "gzip"),
        (["gzip"], gzip.compress(b"plain")[:-9], "gzip"),
        (["gzip"] * 4, b"", "gzip"),
    ],
    ids=["unknown", "other", "short", "many"],
)
def test_what_cannot_be_undone_is_left(codings: list[str], body: bytes, left: str) -> None:
    assert decoded(body, codings, 100) == (body, left)


@settings(deadline=None)
@given(st.integers(0, 3000), st.integers(1, 2000))
def test_no_more_than_the_cap_is_unpacked(size: int, cap: int) -> None:
    plain, left = decoded(gzip.compress(b"\0" * size), ["gzip"], cap)
    assert (plain, left) == ((None, "gzip") if size > cap else (b"\0" * size, ""))


def test_a_bomb_is_a_failure_with_its_status() -> None:
    exchange = Exchange(SHOT, 100)
    exchange.head(200, [(b"Content-Encoding", b"gzip")], 1.0)
    exchange.data(gzip.compress(b"\0" * 10_000), 2.0)
    exchange.end(3.0)
    result = exchange.result()
    assert isinstance(result, Failure)
    assert (result.reason, result.status, result.done) == (Reason.TOO_LARGE, 200, 3.0)


def test_a_complete_answer_stays_one() -> None:
    exchange = Exchange(SHOT, 100)
    exchange.head(200, [(b":status", b"200"), (b"ETag", b'"1"')], 1.0)
    exchange.end(2.0)
    exchange.fail(Reason.CLOSED, "", 3.0)
    answer = exchange.result()
    assert isinstance(answer, Answer)
    assert answer.headers == (("etag", '"1"'),)
    assert (answer.first, answer.done) == (1.0, 2.0)


@settings(deadline=None)
@given(st.text(), st.integers(0, 10))
def test_what_servers_say_is_one_short_line(text: str, times: int) -> None:
    line = printable(text * times)
    assert line.isprintable()
    assert len(line) <= 201
