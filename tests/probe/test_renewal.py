"""Something new for every run, where nobody puts back the state."""

from __future__ import annotations

import json
from collections.abc import Iterable

from tests.probe.gate import Gated
from tests.probe.servers import under_uvicorn
from tests.probe.stall import Stall, application
from tocsin.model import event
from tocsin.model.anomaly import Name
from tocsin.model.http import ANONYMOUS, Identity, Operation, Request, Response
from tocsin.probe.client import Client
from tocsin.probe.delivery import Delivery
from tocsin.probe.discover import Working
from tocsin.probe.engine import Order, Probing, Said, Shown
from tocsin.probe.identity import Sessions
from tocsin.probe.redaction import Redactor
from tocsin.probe.renewal import Renewal, Turn, lacking, renewal, turn
from tocsin.probe.scope import Target
from tocsin.probe.world import AsItIs

MARK = "-tocsin-1-1"
ALICE = Identity("alice", (("authorization", "Basic YQ=="),))
BOB = Identity("bob", (("authorization", "Basic Yg=="),))
READ = Request("read", "GET /orders", "GET", "/orders")
CANCEL = Request(
    "cancel", "POST /orders/{order_id}/cancel", "POST", "/orders/1/cancel", identity="bob"
)


def post(path: str, identity: str = "alice", **fields: object) -> Request:
    body = json.dumps(fields).encode()
    return Request("post", f"POST {path}", "POST", path, body=body, identity=identity)


def made(**fields: object) -> Response:
    return Response(201, (), json.dumps(fields).encode())


def turned(
    new: Renewal, requests: Iterable[Request], *answers: Response, read: Request = READ
) -> tuple[Turn, list[Request]]:
    wanted = turn(new, tuple(requests), (read,), MARK)
    asked, given = [], iter(answers)
    try:
        asked.append(next(wanted))
        while True:
            asked.append(wanted.send(next(given)))
    except StopIteration as stop:
        found: Turn = stop.value
        return found, asked


def test_a_new_thing_is_made_by_whoever_uses_it() -> None:
    working = [Working(post("/orders", note="x"), made(id=7))]
    new = renewal([CANCEL], working, (), {"alice": ALICE, "bob": BOB})
    assert [(one.identity, one.headers[0]) for one in new.makers] == [("bob", BOB.headers[0])]
    own, asked = turned(new, [CANCEL], made(id=41))
    assert [(one.method, one.path) for one in asked] == [("POST", "/orders")]
    assert own.of(CANCEL).path == "/orders/41/cancel"
    assert own.of(READ) == READ
    assert own.told([{"id": 41, "status": "x"}, {"id": 1}]) == [
        {"id": "the new order", "status": "x"},
        {"id": 1},
    ]


def test_what_nothing_makes_is_named() -> None:
    silent = [Working(post("/orders"), made(done=True)), Working(post("/notes"), made(id=1))]
    new = renewal([CANCEL], silent, (), {})
    assert (new.makers, lacking(new, [CANCEL])) == ((), "order")


def test_keys_in_bodies_are_things_too() -> None:
    pay = post("/payments", order_id=1, amount=5)
    new = renewal([pay], [Working(post("/orders"), made(id=7))], (), {})
    own, _ = turned(new, [pay], made(id=41))
    assert json.loads(own.of(pay).body) == {"order_id": 41, "amount": 5}


def test_texts_are_marked_where_the_document_has_room() -> None:
    tag = post("/tags", label="brass", mail="a@example.org", kind="round", code="AB", size="9")
    short = {"type": "string", "maxLength": 4}
    fields = {"type": "object", "properties": {"code": short, "size": {"enum": ["9"]}}}
    known = [Operation("POST", "/tags", (), fields, "application/json")]
    new = renewal([tag], (), known, {})
    assert new.fields == ("label", "mail")
    own, _ = turned(new, [tag])
    sent = json.loads(own.of(tag).body)
    assert (sent["label"], sent["mail"]) == (f"brass{MARK}", f"a{MARK}@example.org")
    assert own.told({"label": sent["label"]}) == {"label": "brass-new"}


def test_the_version_is_that_of_today() -> None:
    shape = "PUT /profile"
    put = Request("put", shape, "PUT", "/profile", body=b'{"version": 1, "n": 2}')
    read = Request("read", "GET /profile", "GET", "/profile", identity=ANONYMOUS.name)
    own, _ = turned(Renewal(), [put], Response(200, (), b'{"version": 9}'), read=read)
    assert json.loads(own.of(put).body) == {"version": 9, "n": 2}
    tagged = Request("put", shape, "PUT", "/profile", headers=(("If-Match", '"1"'),))
    own, _ = turned(Renewal(), [tagged], Response(200, (("ETag", '"9"'),), b"{}"), read=read)
    assert own.of(tagged).headers == (("If-Match", '"9"'),)


def scanned(stall: Stall) -> list[Said]:
    with under_uvicorn(application(stall)) as origin, Delivery() as delivery:
        sender = Gated(delivery, stall.gate)
        client = Client(origin, sender, Sessions.of(()), Redactor(), may_change=True)
        return list(Probing(Order(target=Target(origin)), client, AsItIs()).events())


def test_races_are_shown_without_a_reset() -> None:
    stall = Stall()
    said = scanned(stall)
    shown = {tuple(r.endpoint for r in one.refs): one for one in said if isinstance(one, Shown)}
    assert {key: one.broken.name for key, one in shown.items()} == {
        ("PUT /profile",) * 2: Name.LOST_UPDATE,
        ("POST /tags",) * 2: Name.DUPLICATE_CREATE,
        ("POST /orders/{order_id}/cancel",) * 2: Name.DOUBLE_SUBMIT,
        ("POST /spend",) * 2: Name.LOST_UPDATE,
        ("POST /orders/{order_id}/cancel", "DELETE /orders/{order_id}"): Name.CRASH,
        (
            "POST /orders/{order_id}/cancel",
            "POST /safe/orders/{order_id}/cancel",
        ): Name.STALE_CHECK,
    }
    assert stall.orders == {}, "what was made is deleted"
    assert stall.credit > 0
    notes = [one.message for one in said if isinstance(one, event.Noted)]
    assert any("left out without reset" in note for note in notes)
