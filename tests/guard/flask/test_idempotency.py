"""``Idempotency-Key`` for Flask."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from flask import Flask, Response, abort, jsonify, request
from flask.testing import FlaskClient
from redis import Redis

from tocsin.guard.flask import idempotent, install
from tocsin.guard.redis import once
from tocsin.testing import servers

KEY = {"Idempotency-Key": '"8e03978e"'}


@pytest.fixture
def done() -> list[str]:
    return []


@pytest.fixture
def client(done: list[str], redis_server: servers.Redis) -> Iterator[FlaskClient]:
    app = Flask(__name__)
    install(app)
    with Redis.from_url(redis_server.url(12)) as store:
        store.flushdb()
        how: Any = {"identity": lambda: request.headers.get("X-User", "alice")}
        guarded = idempotent(partial(once, store), **how)

        @app.post("/json")
        @guarded
        def json() -> Any:
            done.append("json")
            response = jsonify(paid=request.get_json()["n"], times=len(done))
            response.set_cookie("session", "secret")
            return response, 201, {"Location": "/payments/1"}

        @app.post("/form")
        @guarded
        def form() -> str:
            done.append("form")
            return request.form["n"]

        @app.post("/stream")
        @guarded
        def stream() -> Response:
            done.append("stream")
            return Response(iter(["a", "b"]), mimetype="text/plain")

        @app.post("/abort/<int:n>")
        @guarded
        def refused(n: int) -> None:
            done.append("abort")
            abort(n)

        @app.post("/late/<int:n>")
        @guarded
        def late(n: int) -> tuple[str, int]:
            done.append("late")
            return "", n

        @app.post("/any")
        @idempotent(partial(once, store), required=False, **how)
        def anything() -> str:
            done.append("any")
            return ""

        yield app.test_client()


def test_the_same_answer_and_no_cookie_of_somebody_else(
    client: FlaskClient, done: list[str]
) -> None:
    first, second = (client.post("/json", json={"n": 5}, headers=KEY) for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.json == second.json == {"paid": 5, "times": 1}
    assert first.headers["Location"] == second.headers["Location"] == "/payments/1"
    assert first.headers["Content-Type"] == second.headers["Content-Type"]
    assert "session=secret" in first.headers["Set-Cookie"]
    assert "Set-Cookie" not in second.headers
    assert done == ["json"]


def test_another_body_query_or_sender(client: FlaskClient, done: list[str]) -> None:
    client.post("/json", json={"n": 5}, headers=KEY)
    assert client.post("/json", json={"n": 6}, headers=KEY).status_code == 422
    assert client.post("/json?x=1", json={"n": 5}, headers=KEY).status_code == 422
    assert client.post("/json", json={"n": 6}, headers=KEY | {"X-User": "bob"}).status_code == 201
    assert done == ["json", "json"]


def test_without_a_key(client: FlaskClient, done: list[str]) -> None:
    refused = client.post("/json", json={"n": 5})
    assert refused.status_code == 400
    assert refused.get_json(force=True)["detail"] == "Idempotency-Key is missing"
    assert done == []
    for _ in range(2):
        assert client.post("/any").status_code == 200
    assert done == ["any", "any"]


def test_forms_and_streams(client: FlaskClient, done: list[str]) -> None:
    for _ in range(2):
        assert client.post("/form", data={"n": "3"}, headers=KEY).text == "3"
        answer = client.post("/stream", headers=KEY)
        assert (answer.text, answer.content_type) == ("ab", "text/plain; charset=utf-8")
    assert done == ["form", "stream"]


@pytest.mark.parametrize(
    ("path", "status", "times"),
    [("/abort/403", 403, 2), ("/late/503", 503, 2), ("/late/404", 404, 1)],
)
def test_what_is_not_final_is_not_kept(
    path: str, status: int, times: int, client: FlaskClient, done: list[str]
) -> None:
    for _ in range(2):
        assert client.post(path, headers=KEY).status_code == status
    assert len(done) == times
