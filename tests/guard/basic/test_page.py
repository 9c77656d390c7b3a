"""docs/how-to/guard-basic.md: the same app in three frameworks."""

from __future__ import annotations

import asyncio
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx2
import pytest
from sqlalchemy import create_engine, text

from tests.frameworks.django_settings import configure
from tests.guard import pages
from tests.guard.conftest import Place
from tocsin.guard.basic.scrypt import Scrypt

configure()

from django.test import override_settings  # noqa: E402 # settings first

from tests.guard.django.conftest import accounts, database  # noqa: E402
from tests.guard.served import served  # noqa: E402

__all__ = ["accounts", "database"]
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
HTTPS = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7"}
PAGE = "guard-basic"


@dataclass
class App:
    client: httpx2.Client
    role: Callable[[str, bool], None]
    admin: Callable[[str], bool]
    password: Callable[[str, str], None]
    page: types.ModuleType

    def promote(self, who: str, auth: tuple[str, str] | None, **headers: str) -> httpx2.Response:
        sent = {**HTTPS, **headers}
        return self.client.post(f"/users/{who}/promote", auth=auth, headers=sent)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that cost next to nothing."""
    monkeypatch.setattr("tocsin.guard.basic.hashes._installed", lambda: (Scrypt(ln=4),))


@pytest.fixture
def place(sqlite: Place) -> Place:
    return sqlite


def of_sqlalchemy(framework: str, place: Place) -> Iterator[App]:
    page = pages.module(PAGE, framework)
    engine = create_engine(place.url())
    page.Base.metadata.create_all(engine)

    def run(statement: str, **values: object) -> object:
        with engine.begin() as connection:
            done = connection.execute(text(statement), values)
            return done.scalar() if done.returns_rows else None

    for name, role in (("alice", "admin"), ("bob", "user")):
        stored = page.gate.passwords.hash(f"{name}'s")
        run("INSERT INTO users VALUES (:name, :stored, :role)", name=name, stored=stored, role=role)
    client: httpx2.Client
    with served(framework, page) as client:
        yield App(
            client,
            lambda name, admin: run(  # type: ignore[arg-type,return-value]
                "UPDATE users SET role = :role WHERE username = :name",
                role="admin" if admin else "user",
                name=name,
            ),
            lambda name: run("SELECT role FROM users WHERE username = :name", name=name) == "admin",
            lambda name, stored: run(  # type: ignore[arg-type,return-value]
                "UPDATE users SET password = :stored WHERE username = :name",
                stored=stored,
                name=name,
            ),
            page,
        )
    engine.dispose()


@pytest.fixture
def fastapi(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    from starlette.testclient import TestClient

    monkeypatch.setenv("ASYNC_URL", place.url(asynchronous=True))
    for app in of_sqlalchemy("FastAPI", place):
        # The other end is a proxy.
        with TestClient(app.page.app, client=("10.0.0.1", 4711)) as app.client:
            yield app
            asyncio.run(app.page.engine.dispose())


@pytest.fixture
def flask(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    monkeypatch.setenv("URL", place.url())
    for app in of_sqlalchemy("Flask", place):
        yield app
        app.page.engine.dispose()


@pytest.fixture
def django(accounts: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    from django.contrib.auth.models import User
    from django.db import transaction

    from tocsin.guard.django import blocks

    # As if it were the one and only.
    for module in (transaction, blocks):
        monkeypatch.setattr(module, "DEFAULT_DB_ALIAS", accounts)
    with (
        override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]),
        served("Django", page := pages.module(PAGE, "Django")) as client,
    ):
        User.objects.create_superuser("alice", password="alice's")
        User.objects.create_user("bob", password="bob's")
        yield App(
            client,
            lambda name, admin: User.objects.filter(username=name).update(is_superuser=admin),
            lambda name: User.objects.get(username=name).is_superuser,
            lambda name, stored: User.objects.filter(username=name).update(password=stored),
            page,
        )


@pytest.fixture(params=["fastapi", "flask", "django"])
def app(request: pytest.FixtureRequest) -> App:
    found: App = request.getfixturevalue(request.param)
    return found


ALICE = ("alice", "alice's")
BOB = ("bob", "bob's")


def test_who_may_promotes(app: App) -> None:
    answer = app.promote("bob", ALICE)
    assert (answer.status_code, answer.json()) == (200, {"promoted": "bob", "by": "alice"})
    assert app.promote("nobody", ALICE).status_code == 404
    assert app.admin("bob")


def test_who_may_not_does_not(app: App) -> None:
    assert app.promote("bob", BOB).status_code == 403
    assert app.promote("bob", ("bob", "alice's")).status_code == 401
    answer = app.promote("bob", None)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="shop", charset="UTF-8"'
    assert not app.admin("bob")


def test_plain_http_is_refused(app: App) -> None:
    answer = app.promote("bob", ALICE, **{"X-Forwarded-Proto": "http"})
    assert answer.status_code == 403
    assert not app.admin("bob")


def test_attempts_are_limited(app: App) -> None:
    codes = [app.promote("bob", ("alice", "x")).status_code for _ in range(21)]
    assert codes == [401] * 20 + [429]
    answer = app.promote("bob", ALICE)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 900
    assert not app.admin("bob")


@pytest.mark.parametrize("change", ["role", "password"])
def test_what_is_taken_away_after_the_login_is_missed(
    app: App, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = type(app.page.gate).admit

    async def then_revoked(self: object, *args: object) -> object:
        proof = await real(self, *args)  # type: ignore[arg-type]
        if change == "role":
            app.role("alice", False)
        else:
            app.password("alice", app.page.gate.passwords.hash("other"))
        return proof

    monkeypatch.setattr(type(app.page.gate), "admit", then_revoked)
    assert app.promote("bob", ALICE).status_code == (403 if change == "role" else 401)
    assert not app.admin("bob")
