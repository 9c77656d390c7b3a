"""What the shop that races does not do: transfers carried out once, attempts that are counted."""

import base64
import json
from typing import Any

from test_shop import ALICE, ask, seeded

__all__ = ["ask", "seeded"]


def test_a_transfer_is_carried_out_once(ask: Any) -> None:
    from django.test import Client

    token = base64.b64encode(":".join(ALICE).encode()).decode()
    headers = {"Authorization": f"Basic {token}", "Idempotency-Key": '"8e03978e"'}

    def send(n: int) -> Any:
        body = json.dumps({"to": "bob", "n": n})
        kind = "application/json"
        return Client().post("/accounts/transfer/", body, content_type=kind, headers=headers)

    assert [send(30).json() for _ in range(2)] == [{"sent": 30}] * 2
    assert ask(ALICE, "GET /me/account/").json() == {"balance": 70}
    assert send(31).status_code == 422


def test_nobody_has_that_much(ask: Any) -> None:
    assert ask(ALICE, f"POST /accounts/withdraw/?n={10**30}").status_code == 409


def test_attempts_are_counted(ask: Any) -> None:
    wrong = ("mallory", "wonderland")
    codes = [ask(wrong, "GET /me/account/").status_code for _ in range(21)]
    assert codes == [401] * 20 + [429]
    refused = ask(("mallory", "malice"), "GET /me/account/")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
