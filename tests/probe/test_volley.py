"""Planning a volley: who carries what, and when it is released."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.model.volley import Attacked, Flight
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
from tocsin.probe.volley import (
    attacked,
    connections,
    deal,
    flights,
    held_at,
    order,
    releases,
    tightness,
)

ORIGIN = Origin("http", "api.example", 80)
GET, POST = Shot("GET", "/"), Shot("POST", "/", (), b"body")


@settings(deadline=None)
@given(st.integers(0, 30), st.lists(st.integers(0, 8), max_size=8))
def test_everything_that_can_be_carried_is_dealt_once(shots: int, capacities: list[int]) -> None:
    hands = deal(range(shots), capacities)
    assert [len(hand) <= capacity for hand, capacity in zip(hands, capacities, strict=True)] == [
        True
    ] * len(capacities)
    dealt = sorted(place for hand in hands for place in hand)
    assert dealt == list(range(min(shots, sum(capacities))))
    assert all(list(hand) == sorted(hand) for hand in hands)


def test_shots_are_dealt_in_turn() -> None:
    assert deal(range(5), [9, 9]) == ((0, 2, 4), (1, 3))
    assert deal((3, 1, 2), [1, 9]) == ((3,), (1, 2))


def test_releases_are_grouped_by_moment() -> None:
    volley = Volley(ORIGIN, (GET,) * 4, offsets=(0.2, 0.0, 0.2, 0.1))
    assert order(volley) == (1, 3, 0, 2)
    assert releases(volley) == ((0.0, (1,)), (0.1, (3,)), (0.2, (0, 2)))
    assert releases(Volley(ORIGIN, (GET, GET))) == ((0.0, (0, 1)),)


def test_http1_takes_a_connection_for_each_shot() -> None:
    assert connections(Way(Protocol.HTTP1, connections=2), 5) == 5
    assert connections(Way(Protocol.HTTP2, connections=4), 5) == 4
    assert connections(Way(Protocol.HTTP2, connections=4), 3) == 3


@pytest.mark.parametrize(
    ("protocol", "shot", "hold"),
    [
        (Protocol.HTTP1, GET, Hold.LAST_HEADER_BYTES),
        (Protocol.HTTP1, POST, Hold.END_STREAM),
        (Protocol.HTTP2, GET, Hold.END_STREAM),
    ],
)
def test_where_it_is_really_held(protocol: Protocol, shot: Shot, hold: Hold) -> None:
    assert held_at(protocol, Volley(ORIGIN, (shot,), Way(hold=Hold.END_STREAM))) is hold


def seen(*results: Result) -> Observation:
    volley = Volley(ORIGIN, (GET,) * len(results))
    return Observation(volley, results, Way(connections=2), released=1.0)


def test_tightness_is_told_in_a_sentence() -> None:
    apart = seen(Answer(200, (), b"", 1.0, 1.001, 1.001), Answer(200, (), b"", 1.002, 1.003, 1.003))
    together = seen(Answer(200, (), b"", 1.0, 1.5, 1.5), Answer(200, (), b"", 1.001, 1.5, 1.5))
    early = seen(Answer(200, (), b"", 0.0, 0.5, 0.5), Failure(Reason.CLOSED))
    assert str(tightness([apart, together, early])) == (
        "HTTP/1.1, 2 connections, holding back the last header bytes: 1 of 3 volleys overlapped, "
        "released within 1.00 ms, 1 answered before their release"
    )
    with pytest.raises(ValueError, match="no volley"):
        tightness([])


def test_a_round_is_told_from_its_first_release() -> None:
    shots = (Shot("GET", "/a%20b?token=x", identity="alice"), Shot("GET", "/c"), Shot("GET", "/d"))
    results = (
        Answer(200, (), b"", 5.001, 5.002, 5.004),
        Failure(Reason.CLOSED, sent=5.0, done=5.003),
        Failure(Reason.UNREACHABLE),
    )
    seen = Observation(Volley(Origin("http", "x", 80), shots), results, Way(), 5.0)
    assert flights(seen) == (
        Flight("GET /a b as alice", 0.001, 0.004, 200),
        Flight("GET /c as ", 0.0, 0.003, 0),
    )
    assert attacked("parallel_replay", 1, [seen]) == Attacked(
        "parallel_replay", 1, 1, str(Way()), 0.001
    )
    assert attacked("parallel_replay", 0, []) == Attacked("parallel_replay", 0, 0, "", 0.0)
