"""Whole scans of a real server: uvicorn on 127.0.0.1."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.probe.gate import Gated
from tests.probe.scanning import told
from tests.probe.servers import under_uvicorn
from tests.probe.shop import PEOPLE, Shop, application, identity
from tests.probe.virtual import passing
from tocsin.errors import NothingToDo, Unreachable
from tocsin.model import event
from tocsin.model.anomaly import Name
from tocsin.model.http import Request
from tocsin.model.verdict import RequestRef, Verdict
from tocsin.probe.checks.authentication import Kind
from tocsin.probe.client import Client
from tocsin.probe.delivery import Delivery
from tocsin.probe.engine import Noticed, Order, Probing, Shown
from tocsin.probe.har import dumps
from tocsin.probe.identity import Sessions
from tocsin.probe.message import Origin
from tocsin.probe.pace import Pace
from tocsin.probe.redaction import Redactor
from tocsin.probe.scope import Target

DOCUMENT = b'{"openapi": "3.1.0", "paths": {"/x": {"get": {}}}}'


@contextmanager
def probing(
    shop: Shop, *, may_change: bool = True, most: int | None = None, **order: object
) -> Iterator[tuple[Probing, Client]]:
    with under_uvicorn(application(shop)) as origin, Delivery() as delivery:
        identities = [identity(name) for name in PEOPLE]
        client = Client(
            origin,
            Gated(delivery, shop.gate),
            Sessions.of(identities),
            Redactor(),
            Pace(most=most),
            may_change=may_change,
        )
        wanted = Order(target=Target(origin), rounds=4, **order)  # type: ignore[arg-type]
        yield Probing(wanted, client, shop), client


def raced(refs: tuple[RequestRef, ...]) -> tuple[str, ...]:
    return tuple(ref.endpoint for ref in refs)


def test_races_are_shown_and_what_is_safe_is_not() -> None:
    with probing(Shop()) as (scan, client):
        told = list(scan.events())
    shown = {raced(one.refs): one for one in told if isinstance(one, Shown)}
    cancelling = "POST /orders/{order_id}/cancel"
    assert {requests: one.broken.name for requests, one in shown.items()} == {
        (cancelling, cancelling): Name.DOUBLE_SUBMIT,
        ("POST /spend", "POST /spend"): Name.LOST_UPDATE,
        (cancelling, "POST /safe/orders/{order_id}/cancel"): Name.STALE_CHECK,
        (cancelling, "POST /orders/{order_id}/ship"): Name.STALE_CHECK,
        # Nothing in their paths says that these meet: both move the same credit.
        ("POST /spend", cancelling): Name.LOST_UPDATE,
        ("POST /spend", "POST /safe/orders/{order_id}/cancel"): Name.LOST_UPDATE,
    }
    cancel = shown[cancelling, cancelling]
    assert cancel.broken.reason == "2 requests succeed, 1 in a row"
    assert (cancel.evidence.shown, cancel.evidence.rounds, cancel.sure) == (2, 2, True)
    assert "GET /me/credit as alice credit changes by +20" in cancel.evidence.observed
    assert "GET /me/credit as alice credit changes by +10" in cancel.evidence.serial
    assert cancel.framework == "fastapi"
    flights = [(one.request, one.status) for one in cancel.evidence.flights]
    assert flights == [("POST /orders/1/cancel as alice", 200)] * 2
    verdicts = {
        raced(one.result.requests): one.result
        for one in told
        if isinstance(one, event.UnitFinished)
    }
    safe = verdicts[("POST /safe/orders/{order_id}/cancel",) * 2]
    assert safe.verdict is Verdict.INCONCLUSIVE
    assert safe.attack is not None
    assert (safe.attack.check, safe.attack.shown) == ("parallel_replay", 0)
    assert safe.attack.rounds == safe.schedules
    assert safe.reason.startswith("not observed in 4 rounds: a race may still show in up to 53%")
    written = repr(told) + dumps(client.log, client.redactor)
    assert [one for one in PEOPLE.values() if one in written] == []


def test_answers_that_tell_users_apart_are_noticed() -> None:
    for tells, kinds in ((False, []), (True, [Kind.TELLS_USERS])):
        reads = Shop(tells=tells)
        with probing(reads, may_change=False) as (scan, client):
            told = list(scan.events())
        assert [one.flaw.kind for one in told if isinstance(one, Noticed)] == kinds
        assert {sent.shot.method for sent in client.log} == {"GET"}


def test_who_may_what_is_told() -> None:
    with probing(Shop()) as (scan, _):
        told = list(scan.events())
    cells = {
        (one.permission.endpoint, one.permission.identity): one.permission.allowed
        for one in told
        if isinstance(one, event.PermissionSeen)
    }
    assert cells["GET /orders", "alice"]
    assert cells["POST /notes", "bob"]
    assert not cells["GET /orders", "anonymous"]


def test_where_nothing_may_change_only_reads_are_sent() -> None:
    with probing(Shop(), may_change=False) as (scan, client):
        told = list(scan.events())
    assert {sent.shot.method for sent in client.log} == {"GET"}
    skipped = {
        one.result.endpoint: one.result.reason
        for one in told
        if isinstance(one, event.OperationSeen) and one.result.status == "skipped"
    }
    assert skipped["POST /spend"] == "may change something: --active sends it"
    assert not any(isinstance(one, Shown) for one in told)


def test_without_a_reset_what_works_once_is_inconclusive() -> None:
    shop = Shop()
    shop.restore()
    shop.restores = False
    shop.restore = lambda: None  # type: ignore[method-assign]
    with probing(shop, takes=lambda endpoint, _: "cancel" in endpoint or "GET" in endpoint) as (
        scan,
        _,
    ):
        told = list(scan.events())
    reasons = [one.result.reason for one in told if isinstance(one, event.UnitFinished)]
    assert reasons
    assert all(
        "(reset in the configuration helps, or a POST that makes a new order)" in reason
        for reason in reasons
    )


def test_a_cap_ends_the_scan_with_what_is_known() -> None:
    with probing(Shop(), most=30) as (scan, client):
        told = list(scan.events())
    assert len(client.log) <= 30
    said = [one.message for one in told if isinstance(one, event.Noted)] + [
        one.result.reason for one in told if isinstance(one, event.UnitFinished)
    ]
    assert any("the cap of 30 requests was reached" in one for one in said)
    assert isinstance(told[-1], event.RunFinished)


def test_a_rehearsal_asks_for_the_document_alone() -> None:
    with probing(Shop()) as (scan, client):
        lines = list(scan.rehearsed())
    assert {sent.shot.target for sent in client.log} == {"/", "/openapi.json"}
    assert "GET /orders as alice, bob, anonymous: read" in lines
    tried = "duplicate_create, parallel_replay, state_change_attack, 2 copies, up to 4 rounds"
    assert f"POST /spend as alice, bob, anonymous: {tried}" in lines


def test_a_document_that_is_not_there_is_one_sentence() -> None:
    with probing(Shop(), place="/none.json") as (scan, _):
        with pytest.raises(NothingToDo) as raised:
            list(scan.events())
        assert raised.value.message.startswith("--spec /none.json: http://127.0.0.1:")
        assert raised.value.message.endswith(" answers 404")


def test_nobody_there_is_one_sentence() -> None:
    nobody = Origin("http", "127.0.0.1", 9)
    with Delivery() as delivery:
        client = Client(nobody, delivery, Sessions.of(()), Redactor())
        with pytest.raises(Unreachable, match="could not be reached"):
            list(Probing(Order(target=Target(nobody)), client, Shop()).events())


def test_the_framework_is_told_by_pages_that_are_not_there() -> None:
    with probing(Shop(), takes=lambda _endpoint, _name: False, document=("spec", DOCUMENT)) as (
        scan,
        _,
    ):
        told = list(scan.events())
    (started,) = [one for one in told if isinstance(one, event.RunStarted)]
    assert started.framework == "fastapi"


class Tickets:
    """Tickets that are taken once: two kinds when both requests have looked, one kind for sure."""

    restores = True

    def restore(self) -> None:
        self.taken: set[str] = set()

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        path = scope["path"]
        free = path.startswith("/take/") and path not in self.taken
        if not path.endswith("/safe"):
            await passing(0.01)
        if free:
            self.taken.add(path)
        await send({"type": "http.response.start", "status": 200 if free else 409, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})


def test_where_two_copies_have_shown_each_race_fewer_crowds_are_sent() -> None:
    requests = [
        Request(path, f"POST {path}", "POST", path)
        for path in ("/take/safe", "/take/one", "/take/two", "/take/again/safe")
    ]
    tickets = Tickets()
    said = told(tickets, tickets, [], requests=tuple(requests), rounds=12)
    results = {
        raced(one.result.requests): one.result
        for one in said
        if isinstance(one, event.UnitFinished)
    }
    assert [results[one.endpoint, one.endpoint].schedules for one in requests] == [12, 2, 2, 4 + 4]
