from __future__ import annotations

from dataclasses import replace

from fastapi import FastAPI, HTTPException

from tests.probe.scanning import told, tried
from tests.probe.virtual import passing
from tocsin.model.http import Request, Response
from tocsin.probe.baseline import Outcome
from tocsin.probe.checks.base import Wish
from tocsin.probe.checks.state_change_attack import BLIND, contenders, plan, things
from tocsin.probe.discover import Working
from tocsin.probe.effect import Change
from tocsin.probe.engine import Shown
from tocsin.probe.footprint import Footprint, label


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
    assert len(plan(many, Wish())) == BLIND


def test_what_changes_the_same_is_paired_whatever_its_path_says() -> None:
    read = Request("read", "GET /me", "GET", "/me", identity="alice")
    refund = working("POST /refund", "/refund")

    def footprint(one: Working, place: str) -> Footprint:
        change = Change(f"{label(read)} {place}", "by", "+1")
        return Footprint(one.request, (read,), Outcome((200,), frozenset({change})))

    known = {PAY.request: footprint(PAY, "credit"), refund.request: footprint(refund, "credit")}
    (attack,) = plan([PAY, refund], Wish(footprints=known))
    assert attack.requests == (PAY.request, refund.request)
    known[refund.request] = footprint(refund, "points")
    assert plan([PAY, refund], Wish(footprints=known)) == []


def test_who_sends_it_matters_where_the_path_names_nothing() -> None:
    again, other = working("POST /pay", "/pay", "bob"), working("POST /pay", "/pay", "carol")
    assert contenders([PAY, again, other]) == [PAY.request, again.request]
    theirs = working("POST /orders/{id}/cancel", "/orders/1/cancel", "bob")
    assert contenders([CANCEL, theirs]) == [CANCEL.request]


def test_what_nobody_can_read_is_paired_by_its_kind() -> None:
    teams, safe = working("POST /teams", "/teams"), working("POST /safe/teams", "/safe/teams")
    known = {one.request: Footprint(one.request, (), Outcome((200,))) for one in (teams, safe, PAY)}
    (attack,) = plan([teams, safe, PAY], Wish(footprints=known))
    assert attack.requests == (teams.request, safe.request)


def test_one_person_and_two_people_are_two_pairs_and_who_they_are_is_not() -> None:
    refund = working("POST /refund", "/refund")
    people = [
        working(one.request.endpoint, one.request.path, who)
        for one in (PAY, refund)
        for who in ("alice", "bob")
    ]
    read = Request("read", "GET /me", "GET", "/me", identity="alice")
    credit = frozenset({Change(f"{label(read)} credit", "by", "+1")})
    known = {
        one.request: Footprint(one.request, (read,), Outcome((200,), credit)) for one in people
    }
    found = [
        attack.requests
        for attack in plan(people, Wish(footprints=known))
        if attack.requests[0].endpoint != attack.requests[1].endpoint
    ]
    assert sorted(len({one.identity for one in pair}) for pair in found) == [1, 2]
    given = [replace(one, given=True) for one in people]
    assert len(plan(given, Wish(footprints=known))) > len(found)


def test_what_the_user_names_meets_even_where_nobody_can_read_it() -> None:
    """Points sent from one to the other and back: what a deadlock needs."""
    there, back = working("POST /points", "/points"), working("POST /points", "/points", "bob")
    known = {one.request: Footprint(one.request, (), Outcome((200,))) for one in (there, back)}
    assert plan([there, back], Wish(footprints=known)) == []
    given = [replace(one, given=True) for one in (there, back)]
    (attack,) = plan(given, Wish(footprints=known))
    assert attack.requests == (there.request, back.request)


class Bins:
    """Bins that are emptied at two addresses, with a deposit or without."""

    restores = True

    def restore(self) -> None:
        self.full, self.paid = {1, 2}, 0


def yard(bins: Bins) -> FastAPI:
    app = FastAPI(title="yard")

    async def empty(number: int, refund: int = 0) -> None:
        if number not in bins.full:
            raise HTTPException(404)
        await passing(0.05)
        bins.full.discard(number)
        bins.paid += refund

    @app.get("/bins")
    async def listed() -> dict[str, object]:
        return {"bins": [{"id": one} for one in sorted(bins.full)], "paid": bins.paid}

    @app.delete("/bins/{bin_id}")
    async def one(bin_id: int) -> None:
        await empty(bin_id)

    @app.delete("/rubbish")
    async def other(bin_id: int) -> None:
        await empty(bin_id)

    @app.delete("/refunded/bins/{bin_id}")
    async def refunded(bin_id: int) -> None:
        await empty(bin_id, 5)

    @app.delete("/deposits")
    async def deposits(bin_id: int) -> None:
        await empty(bin_id, 5)

    return app


def test_what_is_deleted_at_two_addresses_and_done_once_is_no_race() -> None:
    bins = Bins()
    said = told(yard(bins), bins, [], params={"bin_id": [1]})
    shown = {frozenset(one.attack.endpoints) for one in said if isinstance(one, Shown)}
    one, other = "DELETE /bins/{bin_id}", "DELETE /rubbish"
    assert frozenset({one, other}) in {frozenset(who) for who in tried(said)}
    assert not {frozenset({one, other}), frozenset({one}), frozenset({other})} & shown
    assert frozenset({"DELETE /refunded/bins/{bin_id}", "DELETE /deposits"}) in shown
