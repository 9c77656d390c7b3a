"""Where an endpoint can be held: one request is held back, and an early answer looked for.

Many servers start a handler as soon as they have the header section. A request without a body is
then answered while its end is still held back, and a volley would be no volley.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tocsin.probe.message import (
    Answer,
    Hold,
    Observation,
    Origin,
    Protocol,
    Result,
    Shot,
    Volley,
    Way,
)
from tocsin.probe.sender import Sender

CONNECTIONS = 4
"""Of one volley by default: one connection ends at one worker process of the server."""
PREFERENCES = (
    (Protocol.HTTP2, Hold.END_STREAM),
    (Protocol.HTTP3, Hold.END_STREAM),
    (Protocol.HTTP1, Hold.END_STREAM),
    (Protocol.HTTP3, Hold.LAST_HEADER_BYTES),
    (Protocol.HTTP1, Hold.LAST_HEADER_BYTES),
    (Protocol.HTTP2, Hold.LAST_HEADER_BYTES),
    (Protocol.HTTP2, Hold.WHOLE),
    (Protocol.HTTP1, Hold.WHOLE),
)
"""The tightest first. What follows the hold point must be short, or the release is no moment."""
PROTOCOLS = {"https": (Protocol.HTTP2, Protocol.HTTP1), "http": (Protocol.HTTP1,)}
"""What is tried. HTTP/3, and HTTP/2 without TLS, must be asked for."""
_EXACT = frozenset({(Protocol.HTTP1, Hold.LAST_HEADER_BYTES)})
"""What needs no trial: nobody can answer a request line and fields that have not ended."""

_PATIENCE = 3
"""Held for so many times the usual duration, a handler that had begun would have answered."""
_AT_LEAST = 0.05


@dataclass(frozen=True, slots=True)
class Trial:
    """One request held back at one point. ``held``: it was answered, and only after its release."""

    way: Way
    held: bool
    result: Result


@dataclass(frozen=True, slots=True)
class Calibration:
    """The way to use for volleys of a shot, and what led to it.

    ``certain`` is False if the shot was never answered, however it was sent. Every trial was a
    real request, and has had its effect; where the first point holds by definition there is none.
    """

    way: Way
    trials: tuple[Trial, ...]
    certain: bool


def calibrate(
    sender: Sender,
    origin: Origin,
    shot: Shot,
    *,
    copies: int = 2,
    usual: float | None = None,
    protocols: Sequence[Protocol] = (),
    connections: int = CONNECTIONS,
) -> Calibration:
    """Find the hold point for volleys of ``copies`` like ``shot``.

    ``usual`` is how long the endpoint takes to answer (a baseline knows); without it, the shot is
    sent once more, whole. ``protocols`` are those to try, the ones of the origin's scheme if none.
    """
    candidates = list(_candidates(protocols or PROTOCOLS[origin.scheme], shot))
    trials: list[Trial] = []
    if candidates[0] in _EXACT:
        return Calibration(_way(*candidates[0], copies, connections), (), certain=True)
    if usual is None:
        usual = _usual(sender.send(origin, shot, candidates[0][0]))
    for protocol, hold in candidates:
        volley = Volley(origin, (shot,), Way(protocol, hold))
        found = sender.deliver(volley, pause=max(_AT_LEAST, _PATIENCE * usual))
        trials.append(_judged(found))
        if trials[-1].held:
            way = _way(found.way.protocol, found.way.hold, copies, connections)
            return Calibration(way, tuple(trials), certain=True)
    protocol, hold = candidates[-1]
    return Calibration(_way(protocol, hold, copies, connections), tuple(trials), certain=False)


def _candidates(protocols: Sequence[Protocol], shot: Shot) -> Iterator[tuple[Protocol, Hold]]:
    for protocol, hold in PREFERENCES:
        # Without a body, the last byte of an HTTP/1.1 request is one of its header section.
        same = protocol is Protocol.HTTP1 and hold is Hold.END_STREAM and not shot.body
        if protocol in protocols and not same:
            yield protocol, hold


def _judged(found: Observation) -> Trial:
    (result,) = found.results
    held = isinstance(result, Answer) and bool(result.sent) and result.first >= result.sent
    return Trial(found.way, held, result)


def _usual(result: Result) -> float:
    return max(0.0, result.done - result.sent) if result.sent else 0.0


def _way(protocol: Protocol, hold: Hold, copies: int, connections: int) -> Way:
    count = copies if protocol is Protocol.HTTP1 else min(connections, copies)
    return Way(protocol, hold, count)
