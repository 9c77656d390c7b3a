"""GOAWAY is taken out; nothing else changes."""

from __future__ import annotations

import pytest
from hyperframe.frame import DataFrame, Frame, GoAwayFrame, PingFrame
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.probe.transports.frames import GoAway, Splitter

FRAMES = st.lists(
    st.builds(lambda data: DataFrame(1, data=data), st.binary(max_size=50))
    | st.just(PingFrame(0, opaque_data=b"12345678"))
    | st.builds(
        lambda last, code, data: GoAwayFrame(
            0, last_stream_id=last, error_code=code, additional_data=data
        ),
        st.integers(0, 2**31 - 1),
        st.integers(0, 2**32 - 1),
        st.binary(max_size=50),
    ),
    max_size=6,
)


@settings(deadline=None)
@given(FRAMES, st.integers(1, 40))
def test_any_split_gives_the_same(frames: list[Frame], size: int) -> None:
    data = b"".join(frame.serialize() for frame in frames)
    splitter = Splitter()
    parts = [
        part for at in range(0, len(data), size) for part in splitter.split(data[at : at + size])
    ]
    expected = [
        GoAway(frame.last_stream_id, frame.error_code, frame.additional_data.decode("latin-1"))
        for frame in frames
        if isinstance(frame, GoAwayFrame)
    ]
    assert [part for part in parts if isinstance(part, GoAway)] == expected
    rest = b"".join(part for part in parts if isinstance(part, bytes))
    others = [frame for frame in frames if not isinstance(frame, GoAwayFrame)]
    assert rest == b"".join(frame.serialize() for frame in others)


def test_frames_longer_than_allowed_are_refused_at_their_header() -> None:
    with pytest.raises(ValueError, match="a frame of 16385 bytes"):
        list(Splitter().split(b"\x00\x40\x01\x00\x00\x00\x00\x00\x01"))
