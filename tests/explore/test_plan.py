"""What is raced, and in which order."""

from __future__ import annotations

from dataclasses import replace

from tests.explore.histories import history
from tocsin.explore.footprint import Candidate, Footprint
from tocsin.explore.plan import plan
from tocsin.model.access import Access, Item, Mode
from tocsin.model.http import Request

LOOK, CHANGE, CREATE = "r(A,x) c(A)", "r(A,x) w(A,x) c(A)", "r(A,x) i(A,x) c(A)"
BLIND = "w(A,x) c(A)"
ELSEWHERE = "r(A,y) w(A,y) c(A)"


def moving(endpoint: str, *rows: str, identity: str = "alice") -> Candidate:
    """A request that writes rows of one table, one after the other (``a+b``: both at once)."""
    groups = [frozenset(row.split("+")) for row in rows]
    items = [Item("sqlite:shop.db", "points", (("owner", group),)) for group in groups]
    made = Footprint(tuple(Access(item, Mode.WRITE, "update") for item in items), len(items))
    return replace(candidate(endpoint, BLIND, identity), footprint=made)


def candidate(
    endpoint: str, told: str, identity: str = "alice", *, given: bool = False
) -> Candidate:
    method, path = endpoint.split()
    request = Request(f"{endpoint} as {identity}", endpoint, method, path, identity=identity)
    return Candidate(request, Footprint.of(history(told)), given)


def planned(*candidates: Candidate) -> list[tuple[str, ...]]:
    return [
        tuple(candidates[index].request.endpoint for index in pair.candidates)
        for pair in plan(candidates)
    ]


def test_an_operation_is_raced_against_itself_before_others() -> None:
    assert planned(candidate("POST /a", CHANGE), candidate("POST /b", CHANGE)) == [
        ("POST /a", "POST /a"),
        ("POST /b", "POST /b"),
        ("POST /a", "POST /b"),
    ]


def test_check_then_insert_comes_first_then_read_then_write() -> None:
    found = planned(
        candidate("POST /blind", BLIND),
        candidate("POST /change", CHANGE),
        candidate("POST /create", CREATE),
    )
    assert found[:3] == [
        ("POST /create", "POST /create"),
        ("POST /change", "POST /change"),
        ("POST /blind", "POST /blind"),
    ]
    assert "POST /create" in found[3]


def test_what_does_not_conflict_is_left_out() -> None:
    found = planned(candidate("POST /a", CHANGE), candidate("POST /b", ELSEWHERE))
    assert found == [("POST /a", "POST /a"), ("POST /b", "POST /b")]


def test_readers_are_raced_against_writers_only() -> None:
    look, list_, change = (
        candidate("GET /a", LOOK),
        candidate("GET /list", LOOK),
        candidate("POST /a", CHANGE),
    )
    assert planned(look, list_) == []
    assert planned(look, list_, change) == [
        ("POST /a", "POST /a"),
        ("GET /a", "POST /a"),
        ("GET /list", "POST /a"),
    ]


def test_two_identities_are_raced_too() -> None:
    alice, bob = candidate("POST /a", CHANGE), candidate("POST /a", CHANGE, "bob")
    assert [pair.candidates for pair in plan([alice, bob])] == [(0, 0), (0, 1)]


def test_the_user_s_own_requests_are_all_raced_against_themselves() -> None:
    guessed = candidate("POST /a", CHANGE)
    own = [candidate("POST /a", CHANGE, given=True) for _ in range(2)]
    assert [pair.candidates for pair in plan([guessed, *own])] == [(1, 1), (2, 2)]


def test_two_endpoints_are_raced_once_for_each_way_in_which_they_conflict() -> None:
    many = [candidate("POST /a", CHANGE) for _ in range(3)]
    other = candidate("POST /b", CHANGE)
    mixed = [
        p.candidates for p in plan([*many, other]) if 3 in p.candidates and p.candidates != (3, 3)
    ]
    assert mixed == [(0, 3)]


def test_requests_that_write_the_same_rows_the_other_way_round_are_raced() -> None:
    there, back = moving("POST /send", "alice", "bob"), moving("POST /send", "bob", "alice")
    ordered = moving("POST /safe", "alice", "bob")
    assert [pair.candidates for pair in plan([there, back])] == [(0, 0), (0, 1)]
    assert (1, 2) in [pair.candidates for pair in plan([there, back, ordered])]
    at_once = moving("POST /safe", "alice+bob", "bob", "alice")
    assert (0, 2) in [pair.candidates for pair in plan([there, back, at_once])]


def test_nothing_to_plan() -> None:
    assert plan([]) == []
