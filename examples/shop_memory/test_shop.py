"""Every endpoint, one request at a time."""

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
    (ALICE, "GET /me/profile", None, 200, 200),
    (ALICE, "GET /me/account", None, 200, 200),
    (ALICE, "GET /me/orders", None, 200, 200),
    (ALICE, "GET /wishlist", None, 200, 200),
    (ALICE, "GET /users", None, 200, 200),
    (ALICE, "GET /items", None, 200, 200),
    (ALICE, "GET /avatars", None, 200, 200),
    (CAROL, "POST /orders/1/ship", None, 200, 409),
    (ADMIN, "DELETE /groups/billing/members/alice", None, 200, 404),
    (BOB, "DELETE /groups/billing/members/alice", None, 403, 403),
    (ADMIN, "POST /users/admin/demote", None, 200, 403),
    (ALICE, "POST /items", {"id": 9, "name": "umbrella"}, 201, 409),
    (ALICE, "DELETE /bare/items/1", None, 200, 404),
    (ALICE, "POST /listings/1/give", {"to": "bob"}, 200, 404),
    (
        ALICE,
        "POST /locked/update-email?new_email=a@example.net&expected_version=1",
        None,
        200,
        409,
    ),
]

# The same at its plain address and under /safe.
TWINS = [
    (
        ALICE,
        "POST /update-email?new_email=a@example.net&expected_version=1",
        None,
        200,
        409,
    ),
    (
        ALICE,
        "POST /update-email?new_email=a@post.invalid&expected_version=1",
        None,
        422,
        422,
    ),
    (ALICE, "POST /accounts/withdraw?n=80", None, 200, 409),
    (ALICE, "POST /orders/1/cancel", None, 200, 409),
    (BOB, "POST /orders/1/cancel", None, (404, 409), (404, 409)),
    (ALICE, "POST /wishlist", {"product": "bell"}, 201, 409),
    (ALICE, "GET /invoices/1", None, 200, 200),
    (BOB, "GET /invoices/1", None, 403, 403),
    (ADMIN, "POST /users/bob/promote", None, 200, 200),
    (CAROL, "POST /users/bob/promote", None, 403, 403),
    (ALICE, "DELETE /items/1", None, 200, 404),
    (ALICE, "PUT /listings/1", {"title": "Old lantern"}, 200, 200),
    (BOB, "PUT /listings/1", {"title": "Old lantern"}, 404, 404),
    (ALICE, "POST /giftcards/GIFT-100/spend?n=80", None, 200, 409),
    (ALICE, "POST /coupons/WELCOME/redeem", None, 200, 409),
    (ALICE, "POST /tickets/T-1/use", None, 200, 404),
    (ALICE, "POST /avatars", {"name": "bell", "picture": "<svg/>"}, 201, 409),
    (ALICE, "POST /avatars", {"name": "../bell", "picture": "<svg/>"}, 422, 422),
    (ALICE, "DELETE /avatars/clapper", None, 200, 404),
]
SAFE = [(who, request.replace(" /", " /safe/", 1), *rest) for who, request, *rest in TWINS]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    os.environ["SHOP_FILES"] = str(tmp_path_factory.mktemp("files"))
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
def test_strangers_are_sent_away(client: TestClient, who) -> None:
    answer = client.get("/items", auth=who)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize("prefix", ["", "/safe"])
def test_a_cancelled_order_is_refunded_once(client: TestClient, prefix: str) -> None:
    for _ in range(2):
        client.post(f"{prefix}/orders/1/cancel", auth=ALICE)
    assert client.get("/me/account", auth=ALICE).json() == {
        "balance": 100,
        "credit": 30,
    }


@pytest.mark.parametrize("prefix", ["", "/safe"])
def test_a_former_administrator_promotes_nobody(client: TestClient, prefix: str) -> None:
    assert client.post("/users/admin/demote", auth=ADMIN).status_code == 200
    assert client.post(f"{prefix}/users/bob/promote", auth=ADMIN).status_code == 403
