"""HTTP/2: the kit, and what only this version can do wrong."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from h2.errors import ErrorCodes
from h2.settings import SettingCodes
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    SettingsFrame,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.probe.transports.peers import Http2Peer
from tocsin.probe.message import Answer, Failure, Hold, Reason, Shot
from tocsin.probe.transports.base import Limits
from tocsin.probe.transports.http2 import HTTP2
from tocsin.testing.check_transport import CHECKS, ORIGIN, SHOTS, Check, Link, check_transport

GET = Shot("GET", "/orders/1")
UPLOAD = Shot("POST", "/avatar", (), b"x" * 200_000)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_conforms(check: Check) -> None:
    check(HTTP2, Http2Peer)


def test_the_kit_runs_all_its_checks() -> None:
    check_transport(HTTP2, Http2Peer)


def frames(data: bytes) -> list[tuple[str, set[str]]]:
    """Names and flags of whole frames."""
    found = []
    kinds = {0: DataFrame, 1: HeadersFrame, 4: SettingsFrame, 6: PingFrame, 9: ContinuationFrame}
    while data:
        length = int.from_bytes(data[:3], "big")
        frame = kinds[data[3]](int.from_bytes(data[5:9], "big"))
        found.append((type(frame).__name__, set(frame.parse_flags(data[4]))))
        assert len(data) >= 9 + length
        data = data[9 + length :]
    return found


def greeted(settings: dict[int, int] | None = None) -> tuple[Link, Http2Peer]:
    peer = Http2Peer(settings)
    return Link(HTTP2, peer), peer


def reasons(results: Sequence[object]) -> list[Reason | int]:
    return [each.status if isinstance(each, Answer) else each.reason for each in results]  # type: ignore[attr-defined]


def test_the_release_is_one_write_of_the_last_frames() -> None:
    link, _ = greeted()
    exchanges = link.framing.load([GET, SHOTS[2], GET], Hold.END_STREAM)
    link.turn()
    link.framing.release(exchanges)
    (release,) = link.framing.take()
    assert frames(release) == [("DataFrame", {"END_STREAM"})] * 3
    assert len(release) == 3 * 9 + 1


def test_twenty_whole_requests_fit_into_a_segment() -> None:
    link, _ = greeted()
    exchanges = link.framing.load([GET] * 20, Hold.WHOLE)
    link.turn()
    link.framing.release(exchanges)
    (release,) = link.framing.take()
    assert frames(release) == [("HeadersFrame", {"END_STREAM", "END_HEADERS"})] * 20
    assert len(release) < 1400


def test_held_headers_lack_a_byte() -> None:
    link, _ = greeted()
    exchanges = link.framing.load([GET, GET], Hold.LAST_HEADER_BYTES)
    link.turn()
    link.framing.release(exchanges)
    (release,) = link.framing.take()
    assert frames(release[1:]) == [("HeadersFrame", {"END_STREAM", "END_HEADERS"})]


def test_nothing_is_sent_inside_of_a_frame() -> None:
    link, peer = greeted()
    exchanges = link.framing.load([GET], Hold.LAST_HEADER_BYTES)
    link.turn()
    peer.h2.ping(b"12345678")
    link.turn()
    assert peer.begun() == 0
    link.framing.release(exchanges)
    link.turn()
    assert len(peer.requests()) == 1


def test_the_ping_comes_after_what_was_sent_ahead() -> None:
    link, _ = greeted()
    link.framing.load([GET, SHOTS[2]], Hold.END_STREAM)
    ahead = [name for name, _ in frames(b"".join(link.framing.take()))]
    assert ahead == ["HeadersFrame", "HeadersFrame", "DataFrame", "PingFrame"]
    assert not link.framing.settled


def test_bodies_wait_for_windows_and_respect_frame_sizes() -> None:
    link, peer = greeted({SettingCodes.INITIAL_WINDOW_SIZE: 1000})
    exchanges = link.framing.load([UPLOAD, UPLOAD], Hold.END_STREAM)
    (ahead,) = link.framing.take()
    assert len(ahead) < 3000  # until the server lets more come
    peer.receive(ahead)
    assert not link.framing.settled
    while not link.framing.settled:
        for stream in peer.streams:
            peer.h2.increment_flow_control_window(5000, stream)
        link.turn()
    assert peer.requests() == []
    link.framing.release(exchanges)
    link.turn()
    assert [len(each.body) for each in peer.requests()] == [200_000] * 2


def test_header_sections_longer_than_a_frame_are_continued() -> None:
    link, peer = greeted()
    shot = Shot("GET", "/", tuple((f"x-{n}", "~" * 1000) for n in range(40)))
    link.volley([shot], Hold.LAST_HEADER_BYTES)
    assert len(peer.requests()[0].headers) == 44


def test_streams_are_limited_by_the_server() -> None:
    link, peer = greeted({SettingCodes.MAX_CONCURRENT_STREAMS: 3})
    assert link.framing.capacity == 3
    link.volley([GET, GET])
    assert link.framing.capacity == 1
    peer.answer(0, 200, (), b"")
    link.turn()
    assert link.framing.capacity == 2


def test_a_reset_stream_is_one_failure() -> None:
    link, peer = greeted()
    exchanges = link.volley([GET, GET])
    peer.h2.reset_stream(peer.streams[0], ErrorCodes.ENHANCE_YOUR_CALM)
    peer.answer(1, 200, (), b"")
    link.turn()
    failure = exchanges[0].result()
    assert str(failure) == "the server reset the stream (RST_STREAM): ENHANCE_YOUR_CALM"
    assert reasons([each.result() for each in exchanges]) == [Reason.RESET, 200]
    assert link.framing.reusable


def test_a_reset_before_the_release_stops_the_request() -> None:
    link, peer = greeted()
    exchanges = link.framing.load([UPLOAD, GET], Hold.END_STREAM)
    link.turn()
    peer.h2.reset_stream(peer.streams[0])
    link.turn()
    link.framing.release(exchanges)
    link.turn()
    assert [each.target for each in peer.requests()] == [GET.target]


def test_goaway_lets_the_accepted_streams_finish() -> None:
    link, peer = greeted()
    exchanges = link.volley([GET, GET, GET])
    frame = GoAwayFrame(0, last_stream_id=peer.streams[1], additional_data=b"bye")
    link.framing.receive(frame.serialize(), link.now())
    assert exchanges[2].over
    for place in (0, 1):
        peer.answer(place, 200, (), b"")
    link.turn()
    results = [each.result() for each in exchanges]
    assert reasons(results) == [200, 200, Reason.GOAWAY]
    assert str(results[2]).endswith("NO_ERROR bye")
    assert link.framing.capacity == 0


def test_goaway_and_an_end_is_an_end_by_goaway() -> None:
    link, peer = greeted()
    (exchange,) = link.volley([GET])
    frame = GoAwayFrame(0, last_stream_id=peer.streams[0], error_code=11)
    link.framing.receive(frame.serialize(), link.now())
    link.framing.end(link.now())
    failure = exchange.result()
    assert isinstance(failure, Failure)
    assert failure.reason is Reason.GOAWAY
    assert failure.detail == "ENHANCE_YOUR_CALM"


@settings(deadline=None)
@given(st.lists(st.integers(0, 10_000)))
def test_any_split_gives_the_same_answers(places: list[int]) -> None:
    def split(data: bytes) -> list[bytes]:
        marks = sorted({0, len(data), *(place % len(data) for place in places)})
        return [data[a:b] for a, b in pairwise(marks)]

    link, peer = greeted()
    exchanges = link.volley([GET] * 5)
    peer.answer(0, 200, (("x-long", "y" * 300),), b"one")
    peer.inform(1, 103)
    peer.h2.reset_stream(peer.streams[2])
    peer.answer(1, 409, (), b"")
    peer.answer(3, 500, (), b"z" * 15_000)
    link.turn(split)
    bye = GoAwayFrame(0, last_stream_id=peer.streams[3], additional_data=b"q" * 50).serialize()
    for part in split(bye):
        link.framing.receive(part, link.now())
    results = [each.result() for each in exchanges]
    assert reasons(results) == [200, 409, Reason.RESET, 500, Reason.GOAWAY]
    assert [len(each.body) for each in results if isinstance(each, Answer)] == [3, 0, 15_000]


PIECES = [
    PingFrame(0, opaque_data=b"12345678").serialize(),
    SettingsFrame(0, settings={3: 0}).serialize(),
    SettingsFrame(0, settings={4: 2**31 - 1}).serialize(),
    DataFrame(1, data=b"x").serialize(),
    HeadersFrame(1, data=b"\x88", flags=["END_HEADERS"]).serialize(),
    HeadersFrame(3, data=b"\xff\xff\xff").serialize(),
    GoAwayFrame(0, last_stream_id=0).serialize(),
    b"\x00\x00\x04\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00",
    b"\x00\x00\x04\x03\x00\x00\x00\x00\x01\x00\x00\x00\x00",
    b"\x00\x00\x04\x08\x00\x00\x00\x00\x00\x7f\xff\xff\xff",
]


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(PIECES) | st.binary(max_size=30), max_size=8), st.sampled_from(Hold)
)
def test_nothing_a_server_sends_raises(parts: list[bytes], hold: Hold) -> None:
    link, _ = greeted()
    exchanges = link.framing.load([GET, UPLOAD], hold)
    for part in parts[::2]:
        link.framing.receive(part, link.now())
        link.framing.take()
    link.framing.release(exchanges)
    for part in parts[1::2]:
        link.framing.receive(part, link.now())
        link.framing.take()
    link.framing.end(link.now())
    assert all(each.over for each in exchanges)


def test_a_server_of_another_protocol_is_not_greeted() -> None:
    framing = HTTP2.framing(ORIGIN, Limits())
    framing.open(0.0)
    framing.receive(b"HTTP/1.1 400 Bad Request\r\n\r\n", 1.0)
    assert not framing.ready
    assert framing.trouble == (Reason.GARBAGE, "a frame of 4740180 bytes")
