"""``docs/how-to/guard-idempotency.md``: its code is run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client, override_settings
from fastapi.testclient import TestClient

from tests.guard import believing, pages
from tests.guard.conftest import Place
from tests.guard.django.conftest import configure
from tocsin.testing import servers

configure()
PAGE = "guard-idempotency"
KEY = {"Idempotency-Key": '"8e03978e"'}


def test_fastapi(sqlite: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASYNC_URL", sqlite.url(asynchronous=True))
    believing.shop(monkeypatch)
    page = pages.module(PAGE, "FastAPI")
    asyncio.run(_create(page))
    with TestClient(page.app) as client:
        client.auth = ("alice", "secret")
        answers = [client.post("/payments", json={"cents": 5}, headers=KEY) for _ in range(2)]
        assert [(answer.status_code, answer.json()) for answer in answers] == [
            (201, {"payment": 1})
        ] * 2
        assert client.post("/payments", json={"cents": 6}, headers=KEY).status_code == 422
        assert client.post("/payments", json={"cents": 5}).status_code == 400
        client.auth = ("bob", "secret")
        answer = client.post("/payments", json={"cents": 5}, headers=KEY)
        assert answer.json() == {"payment": 2}
        client.portal.call(page.engine.dispose)  # type: ignore[union-attr]


async def _create(page: Any) -> None:
    async with page.engine.begin() as connection:
        await connection.run_sync(page.Base.metadata.create_all)
    await page.engine.dispose()


def test_flask(redis_server: servers.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", redis_server.url(8))
    believing.shop(monkeypatch)
    page = pages.module(PAGE, "Flask")
    page.client.flushdb()
    client = page.app.test_client()
    given: dict[str, Any] = {"headers": KEY, "auth": ("alice", "secret")}
    answers = [client.post("/payments", json={"cents": 5}, **given) for _ in range(2)]
    assert [answer.json for answer in answers] == [{"payment": 1}] * 2
    assert page.charged == [5]
    assert client.post("/payments", json={"cents": 6}, **given).status_code == 422
    page.client.close()


@pytest.fixture
def migrated() -> Iterator[None]:
    call_command("migrate", "tocsin_guard", verbosity=0)
    yield
    call_command("migrate", "tocsin_guard", "zero", verbosity=0)


def test_django(migrated: None, monkeypatch: pytest.MonkeyPatch) -> None:
    believing.shop(monkeypatch)
    page = pages.module(PAGE, "Django")
    guard = "tocsin.guard.django"
    settings = {
        "ROOT_URLCONF": page,
        "MIDDLEWARE": [f"{guard}.basic.BasicMiddleware", f"{guard}.GuardMiddleware"],
        "TOCSIN_GATE": "shop.login.gate",
    }
    with override_settings(**settings):
        client = Client()
        alice = KEY | {"Authorization": "Basic YWxpY2U6eA=="}
        answers = [client.post("/bookings", headers=alice) for _ in range(2)]
        assert [answer.json() for answer in answers] == [{"seats_left": 1}] * 2
        answer = client.post("/bookings", headers=KEY | {"Authorization": "Basic Ym9iOng="})
        assert answer.json() == {"seats_left": 0}
        assert client.post("/bookings", headers=KEY).status_code == 401
