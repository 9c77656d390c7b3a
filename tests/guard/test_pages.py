"""``docs/how-to/guard-{transitions,rights,versions,state}.md``: their code is run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest
from django.test import Client, override_settings
from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from tests.guard import believing, pages
from tests.guard.conftest import Place
from tests.guard.django.conftest import configure
from tests.guard.sqlalchemy import models
from tests.guard.sqlalchemy.conftest import engine as _engine

configure()
engine = _engine
ALICE, CAROL, MALLORY = (("alice", "a"), ("carol", "c"), ("mallory", "m"))


@pytest.fixture
def place(sqlite: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("ASYNC_URL", sqlite.url(asynchronous=True))
    monkeypatch.setenv("DATABASE_URL", sqlite.url())
    believing.shop(monkeypatch)
    monkeypatch.setitem(sys.modules, "shop.models", models)
    return sqlite


@contextmanager
def fastapi(page: str) -> Iterator[Any]:
    module = pages.module(page, "FastAPI")
    with TestClient(module.app) as client:
        yield client.request
        client.portal.call(module.engine.dispose)  # type: ignore[union-attr]


@contextmanager
def flask(page: str) -> Iterator[Any]:
    module = pages.module(page, "Flask")
    client = module.app.test_client()
    yield lambda method, path, **given: client.open(path, method=method, **given)
    with module.app.app_context():
        module.db.engine.dispose()


both = pytest.mark.parametrize("served", [fastapi, flask])


def count(engine: Engine, model: type[models.Base]) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_transitions_fastapi(engine: Engine) -> None:
    with fastapi("guard-transitions") as ask:

        def change(status: str, who: Any = ALICE, order: int = 1) -> int:
            body = {"status": status}
            return int(ask("PATCH", f"/orders/{order}", json=body, auth=who).status_code)

        assert change("cancelled", MALLORY) == change("cancelled", order=9) == 404
        assert change("lost") == 422
        assert [change("cancelled"), change("cancelled"), change("pending")] == [200, 409, 409]
    assert count(engine, models.Refund) == 1


def test_transitions_flask(engine: Engine) -> None:
    with flask("guard-transitions") as ask:

        def cancel(who: Any = ALICE) -> int:
            return int(ask("POST", "/orders/1/cancel", auth=who).status_code)

        assert [cancel(MALLORY), cancel(), cancel()] == [404, 200, 409]
    assert count(engine, models.Refund) == 1


@both
def test_rights(engine: Engine, served: Callable[[str], Any]) -> None:
    with served("guard-rights") as ask:

        def status(method: str, path: str, who: Any) -> int:
            return int(ask(method, path, auth=who).status_code)

        assert status("PUT", "/orders/1/note?text=mine", MALLORY) == 403
        assert status("PUT", "/orders/9/note?text=mine", ALICE) == 404
        assert status("PUT", "/orders/1/note?text=mine", ALICE) == 200
        assert status("DELETE", "/orders/1", ALICE) == 403
        assert count(engine, models.Order) == 2
        assert status("DELETE", "/orders/1", CAROL) == 200
        assert status("DELETE", "/orders/1", CAROL) == 404
        assert count(engine, models.Order) == 1


def test_rights_of_several(engine: Engine) -> None:
    with fastapi("guard-rights") as ask:
        assert ask("POST", "/users/carol/promote", auth=ALICE).status_code == 403
        assert ask("POST", "/users/alice/promote", auth=CAROL).json() == {"role": "manager"}
        assert ask("POST", "/users/nobody/promote", auth=CAROL).status_code == 404


@both
def test_versions(engine: Engine, served: Callable[[str], Any]) -> None:
    with served("guard-versions") as ask:

        def write(**headers: str) -> Any:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            return ask("PUT", "/profile?email=a@example.net", auth=ALICE, headers=given)

        tag = ask("GET", "/profile", auth=ALICE).headers["ETag"]
        again = ask("GET", "/profile", auth=ALICE, headers={"If-None-Match": tag})
        assert again.status_code == 304
        assert write().status_code == 428
        assert write(If_Match="1").status_code == 400
        done = write(If_Match=tag)
        assert (done.status_code, done.headers["ETag"]) == (200, '"2"')
        assert write(If_Match=tag).status_code == 412
        assert ask("GET", "/profile", auth=MALLORY).status_code == 404
        assert ask("GET", "/profile").status_code == 401


@both
def test_state(engine: Engine, served: Callable[[str], Any]) -> None:
    with served("guard-state") as ask:
        assert ask("POST", "/orders/1/refunds").status_code == 201
        assert ask("POST", "/orders/9/refunds").status_code == 404
    assert count(engine, models.Refund) == 1


class Known:
    """A middleware: whoever says a name is believed."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        name = request.headers.get("me", "")
        request.user = SimpleNamespace(username=name, is_active=True)  # type: ignore[assignment]
        return self.get_response(request)


@contextmanager
def django(page: str, monkeypatch: pytest.MonkeyPatch, *middleware: str) -> Iterator[Any]:
    """Asks the page's views on tables that are filled: of the connection that is the default."""
    from tests.guard.django import models

    monkeypatch.setitem(sys.modules, "shop", ModuleType("shop"))
    monkeypatch.setitem(sys.modules, "shop.models", models)
    module = pages.module(page, "Django")
    monkeypatch.setitem(sys.modules, "shop.page", module)
    chain = [f"{__name__}.Known", *middleware, "tocsin.guard.django.GuardMiddleware"]
    with connection.schema_editor() as editor:
        for model in models.MODELS:
            editor.create_model(model)
    try:
        models.filled("default")
        with override_settings(ROOT_URLCONF=module, MIDDLEWARE=chain):
            client = Client(headers={"me": "alice"})
            yield SimpleNamespace(module=module, models=models, client=client)
    finally:
        with connection.schema_editor() as editor:
            for model in models.MODELS:
                editor.delete_model(model)


def test_transitions_django(monkeypatch: pytest.MonkeyPatch) -> None:
    with django("guard-transitions", monkeypatch) as page:
        codes = [page.client.post("/orders/1/cancel").status_code for _ in range(2)]
        assert codes == [200, 409]
        assert page.client.post("/orders/2/cancel").status_code == 404
        assert page.models.Refund.objects.count() == 1


def test_rights_django(monkeypatch: pytest.MonkeyPatch) -> None:
    from rest_framework.authentication import BaseAuthentication

    class Believing(BaseAuthentication):
        def authenticate(self, request: Any) -> tuple[Any, None]:
            return request._request.user, None

    with django("guard-rights", monkeypatch) as page:
        monkeypatch.setattr(page.module.Orders, "authentication_classes", [Believing])
        monkeypatch.setattr(page.module.Orders, "permission_classes", [])
        ask = page.client
        assert ask.post("/orders/1/note?text=mine").json() == {"note": "mine"}
        assert ask.post("/orders/2/note?text=mine").status_code == 403
        assert ask.get("/orders").json() == [{"id": 1, "note": "mine"}]
        assert ask.get("/orders/2").status_code == 404
        body = {"note": "better"}
        answers = [ask.patch(f"/orders/{n}", body, content_type="application/json") for n in (1, 2)]
        assert [answer.status_code for answer in answers] == [200, 404]
        assert ask.post("/orders/1/remove").status_code == 403
        assert ask.post("/orders/1/remove", headers={"me": "carol"}).status_code == 200
        assert page.models.Order.objects.count() == 1


def test_versions_django(monkeypatch: pytest.MonkeyPatch) -> None:
    with django("guard-versions", monkeypatch) as page:
        address = "/profile?email=a@example.net"
        tag = page.client.get("/profile")["ETag"]
        assert page.client.get("/profile", headers={"If-None-Match": tag}).status_code == 304
        assert page.client.put(address).status_code == 428
        done = page.client.put(address, headers={"If-Match": tag})
        assert (done.status_code, done["ETag"]) == (200, '"2"')
        assert page.client.put(address, headers={"If-Match": tag}).status_code == 412


def test_state_django(monkeypatch: pytest.MonkeyPatch) -> None:
    with django("guard-state", monkeypatch, "shop.page.OrderMiddleware") as page:
        assert page.client.post("/orders/1/refunds").status_code == 201
        assert page.client.post("/orders/9/refunds").status_code == 404
        assert page.client.post("/elsewhere").status_code == 404
        assert page.models.Refund.objects.count() == 1
