"""What the shop that races does not do: transfers carried out once, attempts that are counted."""

from starlette.testclient import TestClient
from test_shop import ALICE, client, seeded

__all__ = ["client", "seeded"]
KEY = {"Idempotency-Key": '"8e03978e"'}


def test_a_transfer_is_carried_out_once(client: TestClient) -> None:
    body = {"to": "bob", "n": 30}
    answers = [
        client.post("/accounts/transfer", auth=ALICE, json=body, headers=KEY) for _ in range(2)
    ]
    assert [answer.json() for answer in answers] == [{"sent": 30}] * 2
    assert client.get("/me/account", auth=ALICE).json() == {"balance": 70}
    other = client.post("/accounts/transfer", auth=ALICE, json={**body, "n": 31}, headers=KEY)
    assert other.status_code == 422


def test_nobody_has_that_much(client: TestClient) -> None:
    assert client.post(f"/accounts/withdraw?n={10**30}", auth=ALICE).status_code == 409


def test_attempts_are_counted(client: TestClient) -> None:
    wrong = ("mallory", "wonderland")
    codes = [client.get("/me/account", auth=wrong).status_code for _ in range(21)]
    assert codes == [401] * 20 + [429]
    refused = client.get("/me/account", auth=("mallory", "malice"))
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
