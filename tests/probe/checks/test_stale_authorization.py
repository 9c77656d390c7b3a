from __future__ import annotations

from collections.abc import Sequence
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.http import ANONYMOUS, Identity, Request, Response
from tocsin.model.verdict import Permission
from tocsin.probe.baseline import Outcome
from tocsin.probe.checks.stale_authorization import (
    MOST,
    Sight,
    Suspect,
    Views,
    fractions,
    plan,
    stale,
)
from tocsin.probe.discover import Working
from tocsin.probe.effect import Change
from tocsin.probe.footprint import Footprint, label

PEOPLE = {
    "carol": Identity("carol", username="c@shop"),
    "admin": Identity("admin"),
    ANONYMOUS.name: ANONYMOUS,
}
APART = Views(start="both there", acted="gone", revoked="both there", both="gone")
WHOLE = Views(start="a, carol", acted="b, carol", revoked="a, nobody", both="b, nobody")


def working(endpoint: str, path: str, who: str, body: bytes = b"") -> Working:
    method = endpoint.partition(" ")[0]
    request = Request(f"{path} as {who}", endpoint, method, path, body=body, identity=who)
    return Working(request, Response(200))


DELETE = working("DELETE /items/{id}", "/items/1", "carol")
DEMOTE = working("POST /users/{name}/demote", "/users/c%40shop/demote", "admin")
REVOKE = working("POST /revocations", "/revocations", "admin", b'{"of": "c@shop"}')
GIVE = working("POST /items/{id}/give", "/items/1/give", "carol")
PAY = working("POST /pay", "/pay", "admin")


def test_who_is_named_may_be_robbed_and_what_is_shared_too() -> None:
    found = plan([DELETE, PAY, GIVE, DEMOTE, REVOKE], PEOPLE)
    pairs = [(one.victim.endpoint, one.revocation.endpoint, one.names) for one in found]
    assert pairs[0][2]
    assert (DELETE.request.endpoint, DEMOTE.request.endpoint, True) in pairs
    assert (DELETE.request.endpoint, REVOKE.request.endpoint, True) in pairs
    assert (DELETE.request.endpoint, GIVE.request.endpoint, False) in pairs
    assert not [one for one in pairs if PAY.request.endpoint == one[1]]


def test_what_only_moves_numbers_takes_away_no_right() -> None:
    read = Request("read", "GET /me", "GET", "/me", identity="carol")
    moved, gone = (
        Footprint(DEMOTE.request, (read,), Outcome((200,), frozenset({Change(label(read), kind)})))
        for kind in ("by", "loses")
    )
    assert plan([DELETE, DEMOTE], PEOPLE, {DEMOTE.request: moved}) == ()
    assert len(plan([DELETE, DEMOTE], PEOPLE, {DEMOTE.request: gone})) == 1


def test_what_everybody_may_is_asked_once_of_who_was_named_what_is_refused_always() -> None:
    many = [working(f"POST /{n}", f"/{n}", "carol") for n in range(4)]

    everybody = [
        Permission(one.request.endpoint, who, allowed=True, status=200)
        for one in many
        for who in ("carol", "dave", "admin")
    ]

    def victims(*refused: tuple[str, str], known: Sequence[Working] = ()) -> list[str]:
        more = [Permission(one, who, allowed=False, status=403) for one, who in refused]
        footprints = {one.request: rows(one.request) for one in known}
        found = plan([*many, DEMOTE], PEOPLE, footprints, [*everybody, *more])
        return sorted(one.victim.endpoint for one in found)

    assert victims(("POST /1", ANONYMOUS.name)) == ["POST /0"]
    assert victims(("POST /2", "erin")) == ["POST /0", "POST /2"]
    # What changes something in the same place may need what is taken away.
    assert victims(known=(many[3], DEMOTE)) == ["POST /0", "POST /3"]
    assert len(plan([*many, DEMOTE], PEOPLE)) == len(many)


def rows(request: Request) -> Footprint:
    read = Request("read", "GET /rows", "GET", "/rows", identity="admin")
    change = Change(f"{label(read)}[]", "gains", "a row")
    return Footprint(request, (read,), Outcome((200,), frozenset({change})))


def test_readings_are_made_by_who_keeps_their_rights() -> None:
    reads = [working("GET /items", "/items", who) for who in ("carol", "admin")]
    (found,) = plan([*reads, DELETE, DEMOTE], PEOPLE)
    assert [one.identity for one in found.readers] == ["admin"]


def test_pairs_are_bounded() -> None:
    many = [working(f"POST /items/{{id}}/{n}", f"/items/1/{n}", "carol") for n in range(30)]
    assert len(plan(many, PEOPLE)) == MOST


def test_a_thing_that_is_gone_is_no_right_that_is_gone() -> None:
    named, shared = (Suspect(DELETE.request, DEMOTE.request, (), names) for names in (True, False))
    assert named.refused(Response(404))
    assert not shared.refused(Response(404))
    assert shared.refused(Response(403))
    assert not shared.refused(Response(409))


@pytest.mark.parametrize(
    ("views", "sights", "final", "lag"),
    [
        (APART, [Sight("both there", 0.002)], "gone", 0.002),
        (APART, [Sight("both there", 0.002), Sight("both there", 0.004)], "gone", 0.004),
        (APART, [Sight("both there", -0.001)], "gone", None),
        (APART, [Sight("gone", 0.002)], "gone", None),
        (APART, [Sight("both there", 0.002)], "both there", None),
        (APART, [Sight("something else", 0.002)], "gone", None),
        (WHOLE, [Sight("a, nobody", -0.005)], "b, nobody", 0.0),
        (WHOLE, [Sight("a, carol", -0.005)], "b, nobody", None),
        (WHOLE, [Sight("a, carol", 0.005)], "b, nobody", 0.005),
        (WHOLE, [], "b, nobody", None),
    ],
)
def test_what_proves(views: Views, sights: list[Sight], final: str, lag: float | None) -> None:
    assert stale(views, sights, final) == lag


@given(st.lists(st.sampled_from("sarb"), min_size=4, max_size=4), st.sampled_from("sarb"))
def test_a_reading_that_cannot_tell_proves_nothing(names: list[str], final: str) -> None:
    views = Views(*names)
    everything = [Sight(content, 1.0) for content in "sarb"]
    if {names[0], names[2]} & {names[1], names[3]}:
        assert stale(views, everything, final) is None


def test_moments_fill_the_time_and_return_to_a_hit() -> None:
    first = sorted(islice(fractions([]), 40))
    assert 0.1 <= first[0] < 0.15
    assert 1.05 < first[-1] < 1.1
    assert max(b - a for a, b in pairwise(first)) < 0.06
    near = list(islice(fractions([0.5]), 10))[::2]
    assert all(0.45 <= one <= 0.55 for one in near)
