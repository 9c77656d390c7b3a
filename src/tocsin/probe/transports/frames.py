"""GOAWAY taken out of a stream of HTTP/2 frames.

h2 takes a connection for closed at the first GOAWAY, while servers go on answering the streams
that they have accepted (RFC 9113 section 6.8). So h2 is not shown these frames.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_HEADER = 9
_GOAWAY = 7
_FIXED = 8
"""Bytes of a GOAWAY before its debug data: last stream, error code."""
_LONGEST = 2**14
"""SETTINGS_MAX_FRAME_SIZE as it begins: nobody is told to send more."""


@dataclass(frozen=True, slots=True)
class GoAway:
    """``last`` is the highest stream that the server may still answer."""

    last: int
    code: int
    text: str


class Splitter:
    """Feeds on bytes as they come; keeps a frame's header and a GOAWAY's payload until whole."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._passing = 0

    def split(self, data: bytes) -> Iterator[bytes | GoAway]:
        """The same bytes in the same order, without the GOAWAY frames, and these.

        Raises ``ValueError`` at the header of a frame that is longer than allowed.
        """
        self._kept += data
        while self._kept:
            if self._passing:
                part = bytes(self._kept[: self._passing])
                del self._kept[: self._passing]
                self._passing -= len(part)
                yield part
                continue
            if len(self._kept) < _HEADER:
                return
            length = int.from_bytes(self._kept[:3], "big")
            if length > _LONGEST:
                raise ValueError(f"a frame of {length} bytes")
            if self._kept[3] != _GOAWAY or length < _FIXED:
                self._passing = _HEADER + length
                continue
            if len(self._kept) < _HEADER + length:
                return
            payload = bytes(self._kept[_HEADER : _HEADER + length])
            del self._kept[: _HEADER + length]
            yield _parsed(payload)


def _parsed(payload: bytes) -> GoAway:
    last = int.from_bytes(payload[:4], "big") & 0x7FFFFFFF
    return GoAway(last, int.from_bytes(payload[4:8], "big"), payload[_FIXED:].decode("latin-1"))
