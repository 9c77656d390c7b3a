"""Every endpoint, one request at a time. SHOP_DATABASE_URL picks another database."""

import os
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

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
    (ALICE, "GET /items", None, 200, 200),
    (ALICE, "GET /users", None, 200, 200),
    (ALICE, "GET /profile", None, 200, 200),
    (ALICE, "GET /wishlist", None, 200, 200),
    (ALICE, "POST /items", {"name": "clapper"}, 201, 201),
    (ALICE, "POST /items", {}, 400, 400),
    (CAROL, "POST /orders/1/ship", None, 200, 409),
    (ALICE, "POST /late/orders/1/cancel", None, 200, 409),
    (ALICE, "POST /serializable/giftcards/GIFT-100/spend?n=80", None, 200, 409),
    (ALICE, "POST /items/1/give", {"to": "bob"}, 200, 403),
    (ADMIN, "POST /users/carol/demote", None, 200, 403),
    (ADMIN, "DELETE /groups/billing/members/alice", None, 200, 403),
    (ADMIN, "POST /invoices/1/transfer", {"group": "legal"}, 200, 403),
    (ALICE, "POST /invoices/1/transfer", {"group": "legal"}, 403, 403),
    (ALICE, "PUT /profile/address", {"street": "2 Bell Lane"}, 200, 200),
    (ALICE, "POST /wishlist", {"product": "bell"}, 201, 409),
    (ALICE, "POST /favourites", {"product": "bell"}, 201, 409),
]

# The same at its plain address and under /safe.
TWINS = [
    (ALICE, "GET /invoices/1", None, 200, 200),
    (BOB, "GET /invoices/1", None, 403, 403),
    (ALICE, "POST /orders/1/cancel", None, 200, 409),
    (BOB, "POST /orders/1/cancel", None, 409, 409),
    (ALICE, "POST /accounts/withdraw?n=80", None, 200, 409),
    (ALICE, "POST /accounts/withdraw?n=-80", None, 400, 400),
    (ALICE, "POST /accounts/transfer", {"to": "bob", "n": 80}, 200, 409),
    (ALICE, "POST /accounts/transfer", {"to": "nobody", "n": 80}, 404, 404),
    (ALICE, "POST /giftcards/GIFT-100/spend?n=80", None, 200, 409),
    (ALICE, "POST /coupons/WELCOME/redeem", None, 200, 409),
    (ALICE, "PUT /profile/email", {"email": "a@example.net", "version": 1}, 200, 409),
    (ALICE, "POST /teams", {"name": "ringers"}, 201, 409),
    (ALICE, "PUT /items/1", {"name": "lantern"}, 200, 200),
    (BOB, "PUT /items/1", {"name": "lantern"}, 403, 403),
    (CAROL, "DELETE /items/1", None, 200, (403, 404)),
    (BOB, "DELETE /items/1", None, 403, 403),
    (ADMIN, "POST /users/bob/promote", None, 200, (403, 409)),
    (CAROL, "POST /users/bob/promote", None, 403, 403),
]
SAFE = [(who, request.replace(" /", " /safe/", 1), *rest) for who, request, *rest in TWINS]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    folder = tmp_path_factory.mktemp("shop")
    os.environ.setdefault("SHOP_DATABASE_URL", f"sqlite:///{folder}/shop.db")
    from shop.main import app
    from shop.models import db

    yield app.test_client()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(autouse=True)
def seeded(client: FlaskClient) -> None:
    from shop.seed import reset

    reset()


@pytest.mark.parametrize(
    ("who", "request_", "body", "first", "again"),
    [*ENDPOINTS, *TWINS, *SAFE],
    ids=lambda value: value.replace("/", "|") if isinstance(value, str) else None,
)
def test_endpoint(client: FlaskClient, who, request_, body, first, again) -> None:
    method, path = request_.split(" ")
    for expected in (first, again):
        answer = client.open(path, method=method, auth=who, json=body)
        allowed = expected if isinstance(expected, tuple) else (expected,)
        assert answer.status_code in allowed, answer.text


@pytest.mark.parametrize("who", [None, ("alice", "wrong"), ("nobody", "wonderland")])
def test_strangers_are_sent_away(client: FlaskClient, who) -> None:
    answer = client.get("/items", auth=who)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize("prefix", ["", "/safe"])
def test_money_moves(client: FlaskClient, prefix: str) -> None:
    client.post(f"{prefix}/accounts/transfer", auth=ALICE, json={"to": "bob", "n": 30})
    assert client.get("/me/account", auth=ALICE).json == {"balance": 70}
    assert client.get("/me/account", auth=BOB).json == {"balance": 130}


@pytest.mark.parametrize("prefix", ["", "/safe"])
def test_roles_are_taken_away(client: FlaskClient, prefix: str) -> None:
    assert client.post("/users/carol/demote", auth=ADMIN).status_code == 200
    assert client.delete(f"{prefix}/items/1", auth=CAROL).status_code == 403
    assert client.post("/users/admin/demote", auth=ADMIN).status_code == 200
    assert client.post(f"{prefix}/users/bob/promote", auth=ADMIN).status_code == 403


@pytest.mark.parametrize("prefix", ["", "/safe", "/late"])
def test_invariants_hold_one_request_at_a_time(client: FlaskClient, prefix: str) -> None:
    from shop import invariants

    for _ in range(2):
        client.post(f"{prefix}/orders/1/cancel", auth=ALICE)
        client.post("/coupons/WELCOME/redeem", auth=BOB)
        client.post("/accounts/transfer", auth=ALICE, json={"to": "bob", "n": 100})
    invariants.no_negative_balance()
    invariants.one_refund_per_cancellation()
    invariants.coupons_within_limit()
