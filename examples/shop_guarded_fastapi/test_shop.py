"""Every endpoint, one request at a time. SHOP_DATABASE_URL picks another database than SQLite."""

import os
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

ALICE, BOB, CAROL, ADMIN = (
    ("alice", "wonderland"),
    ("bob", "builder"),
    ("carol", "carols"),
    ("admin", "sesame"),
)

# (who, request, body, status of the first, status of the same again)
ENDPOINTS = [
    (ALICE, "GET /me/orders", None, 200, 200),
    (ALICE, "GET /me/account", None, 200, 200),
    (ALICE, "GET /coupons/WELCOME", None, 200, 200),
    (ALICE, "GET /items", None, 200, 200),
    (ALICE, "GET /items/1", None, 200, 200),
    (ALICE, "GET /users", None, 200, 200),
    (ALICE, "GET /profile", None, 200, 200),
    (ALICE, "GET /wishlist", None, 200, 200),
    (ALICE, "GET /oncall", None, 200, 200),
    (ALICE, "POST /items", {"name": "clapper"}, 201, 201),
    (CAROL, "POST /orders/1/ship", None, 200, 409),
    (ALICE, "POST /items/1/give", {"to": "bob"}, 200, 403),
    (ADMIN, "POST /users/carol/demote", None, 200, 403),
    (ADMIN, "DELETE /groups/billing/members/alice", None, 200, 403),
    (ADMIN, "POST /invoices/1/transfer", {"group": "legal"}, 200, 403),
    (ALICE, "POST /invoices/1/transfer", {"group": "legal"}, 403, 403),
    (ALICE, "PUT /profile/address", {"street": "2 Bell Lane"}, 200, 200),
    (ALICE, "POST /wishlist", {"product": "bell"}, 201, 409),
    (ALICE, "POST /favourites", {"product": "bell"}, 201, 409),
    (ALICE, "POST /locked/orders/1/cancel", None, 200, 409),
]

# The same at its plain address and under /safe.
TWINS = [
    (ALICE, "GET /me/statement", None, 200, 200),
    (ALICE, "GET /invoices/1", None, 200, 200),
    (BOB, "GET /invoices/1", None, 403, 403),
    (ALICE, "POST /orders/1/cancel", None, 200, 409),
    (BOB, "POST /orders/1/cancel", None, 409, 409),
    (ALICE, "POST /accounts/withdraw?n=80", None, 200, 409),
    (ALICE, "POST /accounts/transfer", {"to": "bob", "n": 80}, 200, 409),
    (ALICE, "POST /accounts/transfer", {"to": "nobody", "n": 80}, 404, 404),
    (ALICE, "POST /giftcards/GIFT-100/spend?n=80", None, 200, 409),
    (ALICE, "POST /points/send", {"to": "bob", "n": 80}, 200, 409),
    (ALICE, "POST /points/send", {"to": "alice", "n": 80}, 404, 404),
    (ALICE, "POST /coupons/WELCOME/redeem", None, 200, 409),
    (ALICE, "PUT /profile/email", {"email": "a@example.net", "version": 1}, 200, 409),
    (ALICE, "POST /teams", {"name": "ringers"}, 201, 409),
    (ALICE, "POST /oncall/leave", None, 200, 409),
    (CAROL, "POST /oncall/leave", None, 409, 409),
    (ALICE, "PUT /items/1", {"name": "lantern"}, 200, 200),
    (BOB, "PUT /items/1", {"name": "lantern"}, 403, 403),
    (CAROL, "DELETE /items/1", None, 200, (403, 404)),
    (BOB, "DELETE /items/1", None, 403, 403),
    (ADMIN, "POST /users/bob/promote", None, 200, (403, 409)),
    (CAROL, "POST /users/bob/promote", None, 403, 403),
]
SAFE = [(who, request.replace(" /", " /safe/", 1), *rest) for who, request, *rest in TWINS]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    os.environ.setdefault(
        "SHOP_DATABASE_URL", f"sqlite:///{tmp_path_factory.mktemp('shop')}/shop.db"
    )
    from shop.main import app

    with TestClient(app) as client:
        yield client


@pytest.fixture(autouse=True)
def seeded(client: TestClient) -> None:
    from shop.seed import reset

    reset()


@pytest.mark.parametrize(
    ("who", "request_", "body", "first", "again"),
    [*ENDPOINTS, *TWINS, *SAFE],
    ids=lambda value: value.replace("/", "|") if isinstance(value, str) else None,
)
def test_endpoint(client: TestClient, who, request_, body, first, again) -> None:
    method, path = request_.split(" ")
    for expected in (first, again):
        answer = client.request(method, path, auth=who, json=body)
        allowed = expected if isinstance(expected, tuple) else (expected,)
        assert answer.status_code in allowed, answer.text


@pytest.mark.parametrize("who", [None, ("alice", "wrong"), ("nobody", "wonderland")])
@pytest.mark.parametrize("path", ["/items", "/me/account"])
def test_strangers_are_sent_away(client: TestClient, who, path: str) -> None:
    answer = client.get(path, auth=who)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize("prefix", ["", "/safe", "/locked"])
def test_a_cancelled_order_is_refunded_once(client: TestClient, prefix: str) -> None:
    for _ in range(2):
        client.post(f"{prefix}/orders/1/cancel", auth=ALICE)
    for statement in ("/me/statement", "/safe/me/statement"):
        assert client.get(statement, auth=ALICE).json() == {"credit": 30, "pending": 20}


@pytest.mark.parametrize("prefix", ["", "/safe"])
def test_money_moves(client: TestClient, prefix: str) -> None:
    client.post(f"{prefix}/accounts/transfer", auth=ALICE, json={"to": "bob", "n": 30})
    assert client.get("/me/account", auth=ALICE).json() == {"balance": 70}
    assert client.get("/me/account", auth=BOB).json() == {"balance": 130}


@pytest.mark.parametrize("prefix", ["", "/safe"])
def test_roles_are_taken_away(client: TestClient, prefix: str) -> None:
    assert client.post("/users/carol/demote", auth=ADMIN).status_code == 200
    assert client.delete(f"{prefix}/items/1", auth=CAROL).status_code == 403
    assert client.post("/users/admin/demote", auth=ADMIN).status_code == 200
    assert client.post(f"{prefix}/users/bob/promote", auth=ADMIN).status_code == 403


def test_invariants_hold_one_request_at_a_time(client: TestClient) -> None:
    from shop import invariants

    client.post("/orders/1/cancel", auth=ALICE)
    client.post("/coupons/WELCOME/redeem", auth=BOB)
    client.post("/accounts/transfer", auth=ALICE, json={"to": "bob", "n": 100})
    invariants.no_negative_balance()
    invariants.money_is_conserved()
    invariants.one_refund_per_cancellation()
    invariants.coupons_within_limit()
    invariants.somebody_is_on_call()
