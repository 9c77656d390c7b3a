from __future__ import annotations

from dataclasses import replace

from tocsin.model.http import Request, Response
from tocsin.probe.checks.base import Wish
from tocsin.probe.checks.parallel_replay import plan
from tocsin.probe.checks.readers import MOST, readers
from tocsin.probe.discover import Working


def working(endpoint: str, identity: str = "alice", *, given: bool = False) -> Working:
    method, _, path = endpoint.partition(" ")
    request = Request(f"{endpoint} as {identity}", endpoint, method, path, identity=identity)
    return Working(request, Response(200), given)


def test_what_changes_is_sent_against_itself() -> None:
    attacks = plan([working("GET /a"), working("POST /a"), working("DELETE /b")], Wish(3))
    assert [[one.endpoint for one in attack.requests] for attack in attacks] == [
        ["POST /a"] * 3,
        ["DELETE /b"] * 3,
    ]


def test_one_identity_is_enough_and_the_users_requests_come_instead() -> None:
    found = plan([working("POST /a"), working("POST /a", "bob")], Wish())
    assert [one.requests[0].identity for one in found] == ["alice"]
    small, large = working("POST /a", given=True), working("POST /a", given=True)
    large = replace(large, request=replace(large.request, name="large", body=b"80"))
    found = plan([small, large, working("POST /a", "bob")], Wish())
    assert [one.requests[0].body for one in found] == [b"", b"80"]


def test_reads_of_the_same_things_by_the_same_identity_come_first() -> None:
    known = [
        working("GET /people"),
        working("GET /orders", "bob"),
        working("GET /orders"),
        working("POST /orders"),
    ]
    found = readers(working("POST /orders/{order_id}/cancel").request, known)
    assert [(one.endpoint, one.identity) for one in found] == [
        ("GET /orders", "alice"),
        ("GET /people", "alice"),
    ]


def test_reads_are_bounded() -> None:
    many = [working(f"GET /{number}") for number in range(30)]
    assert len(readers(working("POST /a").request, many)) == MOST
