from __future__ import annotations

import json
from dataclasses import replace

from tests.probe.sending import answer, client
from tocsin.model import event
from tocsin.model.http import Identity, Login, Operation, Parameter, Request
from tocsin.model.verdict import OperationResult
from tocsin.probe.discover import Discovery, distinct, listed
from tocsin.probe.message import Result, Shot
from tocsin.probe.world import AsItIs

ALICE = Identity("alice", (("authorization", "Basic YQ=="),), username="alice")
KEY = Parameter("order_id", "path", required=True, schema={"type": "integer"})


def orders(shot: Shot) -> Result:
    if shot.identity != "alice":
        return answer(401)
    if shot.target == "/orders":
        return answer(200, json.dumps({"results": [{"id": 41}, {"id": 42}]}).encode())
    return answer(200 if shot.target == "/orders/42" else 404)


def discovered(*operations: Operation) -> tuple[Discovery, list[event.Event], list[str]]:
    asked, server = client(orders, [ALICE])
    found = Discovery(asked, AsItIs(), {}, lambda _endpoint, _name: True)
    told = list(found.events(operations, ()))
    return found, told, [shot.target for shot in server.shots if shot.identity == "alice"]


def test_keys_are_read_from_lists() -> None:
    item = Operation("GET", "/orders/{order_id}", (KEY,))
    found, _, targets = discovered(item, Operation("GET", "/orders"))
    assert targets == ["/orders", "/orders/41", "/orders/42"]
    assert [one.request.path for one in found.working] == ["/orders", "/orders/42"]


def test_what_does_not_work_has_a_reason() -> None:
    _, told, _ = discovered(Operation("GET", "/items/{item_id}", (KEY,)))
    (skipped,) = [one.result for one in told if isinstance(one, event.OperationSeen)]
    assert (skipped.status, bool(skipped.reason)) == ("skipped", True)


def test_a_configured_login_is_exercised_and_not_tried_with_other_values() -> None:
    login = Login("POST", "/login", token="token")
    asked, server = client(lambda _: answer(401), [replace(ALICE, login=login)])
    found = Discovery(asked, AsItIs(), {}, lambda _endpoint, _name: True)
    (told,) = found.events([Operation("POST", "/login")], ())
    assert told == event.OperationSeen(OperationResult("POST /login", "alice", "exercised"))
    assert not server.shots


def test_denied_and_allowed_make_the_matrix() -> None:
    _, told, _ = discovered(Operation("GET", "/orders"))
    cells = [one.permission for one in told if isinstance(one, event.PermissionSeen)]
    assert [(one.identity, one.allowed, one.status) for one in cells] == [
        ("alice", True, 200),
        ("anonymous", False, 401),
    ]


def test_without_a_reset_a_change_is_made_once() -> None:
    asked, server = client(lambda _: answer(200), [ALICE, Identity("bob", (("x", "y"),))])
    found = Discovery(asked, AsItIs(), {}, lambda _endpoint, _name: True)
    list(found.events([Operation("POST", "/pay")], ()))
    assert [shot.identity for shot in server.shots] == ["alice"]


def test_requests_under_two_names_are_one() -> None:
    asked, _ = client(lambda _: answer(200), [ALICE])
    found = Discovery(asked, AsItIs(), {}, lambda _endpoint, _name: True)
    mine = Request("pay", "POST /pay", "POST", "/pay", identity="alice")
    list(found.events([Operation("POST", "/pay")], [mine]))
    assert [one.given for one in distinct(found.working)] == [True]


def test_lists_in_answers() -> None:
    assert listed(b'[{"id": 1, "inner": {"x": 1}}, 3]') == [{"id": 1}]
    assert listed(b'{"items": [{"id": 1}], "total": 1}') == [{"id": 1}]
    assert listed(b'{"id": 1}') == []
    assert listed(b"<html>") == []


def test_the_users_requests_are_known_by_their_template() -> None:
    asked, _ = client(lambda _: answer(200), [ALICE])
    found = Discovery(asked, AsItIs(), {}, lambda _endpoint, _name: True)
    mine = Request("pay 7", "POST /orders/7/pay", "POST", "/orders/7/pay", identity="alice")
    list(found.events([Operation("POST", "/orders/{order_id}/pay", (KEY,))], [mine]))
    assert found.working[0].request.endpoint == "POST /orders/{order_id}/pay"
