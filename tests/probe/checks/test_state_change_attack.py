from __future__ import annotations

from tocsin.model.http import Request, Response
from tocsin.probe.checks.base import Wish
from tocsin.probe.checks.state_change_attack import MOST, plan, things
from tocsin.probe.discover import Working


def working(endpoint: str, path: str, identity: str = "alice") -> Working:
    method = endpoint.partition(" ")[0]
    request = Request(f"{method} {path} as {identity}", endpoint, method, path, identity=identity)
    return Working(request, Response(200))


CANCEL = working("POST /orders/{id}/cancel", "/orders/1/cancel")
SAFE = working("POST /safe/orders/{id}/cancel", "/safe/orders/1/cancel")
SHIP = working("POST /orders/{id}/ship", "/orders/1/ship", "carol")
OTHER = working("POST /orders/{id}/ship", "/orders/2/ship", "carol")
PAY = working("POST /pay", "/pay")


def test_what_names_the_same_thing_is_paired() -> None:
    assert things(CANCEL.request) == {("order", "1")}
    (attack,) = plan([CANCEL, PAY, SHIP], Wish())
    assert attack.requests == (CANCEL.request, SHIP.request)
    assert not attack.copies
    assert attack.orders == ((0, 1), (1, 0))
    assert plan([CANCEL, OTHER], Wish()) == []


def test_two_identities_come_first_and_two_ways_to_the_same_last() -> None:
    attacks = plan([CANCEL, SAFE, SHIP], Wish())
    assert [{one.endpoint for one in attack.requests} for attack in attacks] == [
        {CANCEL.request.endpoint, SHIP.request.endpoint},
        {SAFE.request.endpoint, SHIP.request.endpoint},
        {CANCEL.request.endpoint, SAFE.request.endpoint},
    ]


def test_pairs_are_bounded() -> None:
    many = [working(f"POST /orders/{{id}}/{n}", f"/orders/1/{n}") for n in range(12)]
    assert len(plan(many, Wish())) == MOST
