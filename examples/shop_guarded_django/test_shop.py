"""Every endpoint, one request at a time. SHOP_DATABASE_URL picks another database."""

import base64
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

ALICE, BOB, CAROL, ADMIN = (
    ("alice", "wonderland"),
    ("bob", "builder"),
    ("carol", "carols"),
    ("admin", "sesame"),
)

# (who, request, body, status of the first, status of the same again)
ENDPOINTS = [
    (ALICE, "GET /me/orders/", None, 200, 200),
    (ALICE, "GET /me/account/", None, 200, 200),
    (ALICE, "GET /items/", None, 200, 200),
    (ALICE, "GET /items/1/", None, 200, 200),
    (ALICE, "GET /users/", None, 200, 200),
    (ALICE, "GET /profile/", None, 200, 200),
    (ALICE, "GET /wishlist/", None, 200, 200),
    (ALICE, "POST /items/", {"name": "clapper"}, 201, 201),
    (ALICE, "POST /items/", {}, 400, 400),
    (CAROL, "POST /orders/1/ship/", None, 200, 409),
    (ALICE, "POST /atomic/orders/1/cancel/", None, 200, 409),
    (ALICE, "POST /locked/orders/1/cancel/", None, 200, 409),
    (ALICE, "POST /items/1/give/", {"to": "bob"}, 200, 403),
    (ADMIN, "POST /users/carol/demote/", None, 200, 409),
    (ADMIN, "POST /users/admin/demote/", None, 200, 403),
    (ADMIN, "DELETE /groups/billing/members/alice/", None, 200, 404),
    (BOB, "DELETE /groups/billing/members/alice/", None, 403, 403),
    (ADMIN, "POST /invoices/1/transfer/", {"group": "legal"}, 200, 409),
    (ALICE, "POST /invoices/1/transfer/", {"group": "legal"}, 403, 403),
    (ALICE, "POST /wishlist/", {"product": "bell"}, 201, 200),
    (ALICE, "POST /favourites/", {"product": "bell"}, 201, 200),
]

# The same at its plain address and under /safe.
TWINS = [
    (ALICE, "GET /invoices/1/", None, 200, 200),
    (BOB, "GET /invoices/1/", None, 403, 403),
    (ALICE, "POST /invoices/1/pay/", None, 200, (404, 409)),
    (BOB, "POST /invoices/1/pay/", None, 403, 403),
    (ALICE, "POST /orders/1/cancel/", None, 200, 409),
    (BOB, "POST /orders/1/cancel/", None, (404, 409), (404, 409)),
    (ALICE, "POST /accounts/withdraw/?n=80", None, 200, 409),
    (ALICE, "POST /accounts/withdraw/?n=-80", None, 400, 400),
    (ALICE, "POST /accounts/transfer/", {"to": "bob", "n": 80}, 200, 409),
    (ALICE, "POST /accounts/transfer/", {"to": "nobody", "n": 80}, 404, 404),
    (ALICE, "POST /giftcards/GIFT-100/spend/?n=80", None, 200, 409),
    (ALICE, "POST /coupons/WELCOME/redeem/", None, 200, 409),
    (ALICE, "PUT /profile/email/", {"email": "a@example.net", "version": 1}, 200, 409),
    (ALICE, "POST /teams/", {"name": "ringers"}, 201, (400, 409)),
    (ALICE, "PUT /items/1/", {"name": "lantern"}, 200, 200),
    (BOB, "PUT /items/1/", {"name": "lantern"}, 403, 403),
    (CAROL, "DELETE /items/1/", None, 204, 404),
    (BOB, "DELETE /items/1/", None, 403, 403),
    (ADMIN, "POST /users/bob/promote/", None, 200, 409),
    (CAROL, "POST /users/bob/promote/", None, 403, 403),
]
SAFE = [(who, request.replace(" /", " /safe/", 1), *rest) for who, request, *rest in TWINS]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("shop")
    os.environ.setdefault("SHOP_DATABASE_URL", f"sqlite:///{folder}/shop.db")
    import shop.wsgi  # noqa: F401  sets Django up
    from django.db import connections
    from django.test import Client

    client = Client(raise_request_exception=False)

    def ask(who: tuple[str, str] | None, request: str, body: Any = None) -> Any:
        method, path = request.split(" ")
        headers = {}
        if who:
            token = base64.b64encode(":".join(who).encode()).decode()
            headers["Authorization"] = f"Basic {token}"
        return client.generic(
            method,
            path,
            data=json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers=headers,
        )

    yield ask
    connections.close_all()


@pytest.fixture(autouse=True)
def seeded(ask: Any) -> None:
    from shop.seed import reset

    reset()


@pytest.mark.parametrize(
    ("who", "request_", "body", "first", "again"),
    [*ENDPOINTS, *TWINS, *SAFE],
    ids=lambda value: value.replace("/", "|") if isinstance(value, str) else None,
)
def test_endpoint(ask, who, request_, body, first, again) -> None:
    for expected in (first, again):
        answer = ask(who, request_, body)
        allowed = expected if isinstance(expected, tuple) else (expected,)
        assert answer.status_code in allowed, answer.content


@pytest.mark.parametrize("who", [None, ("alice", "wrong"), ("nobody", "wonderland")])
def test_strangers_are_sent_away(ask, who) -> None:
    answer = ask(who, "GET /items/")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize("prefix", ["", "/safe"])
def test_money_moves(ask, prefix: str) -> None:
    ask(ALICE, f"POST {prefix}/accounts/transfer/", {"to": "bob", "n": 30})
    assert ask(ALICE, "GET /me/account/").json() == {"balance": 70}
    assert ask(BOB, "GET /me/account/").json() == {"balance": 130}


@pytest.mark.parametrize("prefix", ["", "/safe"])
def test_rights_are_taken_away(ask, prefix: str) -> None:
    assert ask(ADMIN, "POST /users/carol/demote/").status_code == 200
    assert ask(CAROL, f"DELETE {prefix}/items/1/").status_code == 403
    assert ask(ADMIN, "DELETE /groups/billing/members/alice/").status_code == 200
    assert ask(ALICE, f"GET {prefix}/invoices/1/").status_code == 403
    assert ask(ALICE, f"POST {prefix}/invoices/1/pay/").status_code == 403


@pytest.mark.parametrize("prefix", ["", "/atomic", "/locked", "/safe"])
def test_invariants_hold_one_request_at_a_time(ask, prefix: str) -> None:
    from shop import invariants

    for _ in range(2):
        ask(ALICE, f"POST {prefix}/orders/1/cancel/")
        ask(BOB, "POST /coupons/WELCOME/redeem/")
        ask(ALICE, "POST /accounts/transfer/", {"to": "bob", "n": 100})
    assert invariants.no_negative_balance()
    assert invariants.one_refund_per_cancellation()
    assert invariants.coupons_within_limit()
