"""``docs/how-to/guard-limits.md``: its code is run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client, override_settings
from fastapi.testclient import TestClient
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from tests.guard import pages
from tests.guard.conftest import Place
from tests.guard.django.conftest import configure
from tocsin.guard.errors import Conflict
from tocsin.testing import servers

configure()
PAGE = "guard-limits"


def test_fastapi(sqlite: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASYNC_URL", sqlite.url(asynchronous=True))
    page = pages.module(PAGE, "FastAPI")
    asyncio.run(_create(page))
    with TestClient(page.app) as client:
        answers = [client.post("/orders?coupon=TEN") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [201, 201, 409]
        wrong = {"name": "alice", "password": "battery staple"}
        right = {"name": "alice", "password": "correct horse"}
        assert client.post("/login", params=wrong).status_code == 401
        assert client.post("/login", params=right).status_code == 200
        codes = [client.post("/login", params=wrong).status_code for _ in range(4)]
        assert codes == [401, 401, 401, 429]
        refused = client.post("/login", params=right)
        assert refused.status_code == 429
        assert 0 < int(refused.headers["Retry-After"]) <= 900
        client.portal.call(page.engine.dispose)  # type: ignore[union-attr]


async def _create(page: Any) -> None:
    async with page.engine.begin() as connection:
        await connection.run_sync(page.Base.metadata.create_all)
    await page.engine.dispose()


def test_flask(redis_server: servers.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", redis_server.url(8))
    page = pages.module(PAGE, "Flask")
    page.client.flushdb()
    client = page.app.test_client()
    for wrong in ("?pages=two", "", "?pages="):
        assert client.post(f"/reports/alice{wrong}").status_code == 400
    answers = [client.post("/reports/alice?pages=2") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    codes = {client.post("/reports/bob?pages=2").status_code for _ in range(20)}
    assert 429 in codes
    page.client.close()


def test_columns_of_ones_own(sqlite: Place) -> None:
    page = pages.module(PAGE, "In columns of your own")
    engine = create_engine(sqlite.url())
    page.Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.add_all([page.Coupon(code="TEN", max_uses=1), page.Account(id=1, balance=100)])
    with Session(engine) as session, session.begin():
        assert page.redeem(session, "TEN", 1) == 20
    with Session(engine) as session, pytest.raises(Conflict):
        page.redeem(session, "TEN", 1)
    engine.dispose()


@pytest.fixture
def migrated() -> Iterator[None]:
    call_command("migrate", "tocsin_guard", verbosity=0)
    yield
    call_command("migrate", "tocsin_guard", "zero", verbosity=0)


def test_django(migrated: None) -> None:
    page = pages.module(PAGE, "Django")
    middleware = ["tocsin.guard.django.GuardMiddleware"]
    with override_settings(ROOT_URLCONF=page, MIDDLEWARE=middleware):
        client = Client()
        codes = [client.post("/orders?coupon=TEN").status_code for _ in range(3)]
        assert codes == [201, 201, 409]
        wrong = {"name": "alice", "password": "battery staple"}
        right = {"name": "alice", "password": "correct horse"}
        assert client.post("/login", right).status_code == 200
        codes = [client.post("/login", wrong).status_code for _ in range(4)]
        assert codes == [401, 401, 401, 429]
