"""HTTP Basic authentication as a dependency."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from fastapi import Depends, FastAPI, WebSocket
from fastapi.testclient import TestClient

from tests.guard.basic.test_gate import World
from tocsin.guard.basic import Proxies, Verified
from tocsin.guard.fastapi import install
from tocsin.guard.fastapi.basic import BasicAuth


def client(world: World, base: str = "https://testserver") -> TestClient:
    app = FastAPI()
    install(app)
    me = Depends(BasicAuth(world.gate))

    @app.get("/me")
    async def who(verified: Verified = me) -> str:
        return verified.username

    @app.websocket("/line")
    async def line(socket: WebSocket, verified: Verified = me) -> None:
        await socket.accept()
        await socket.send_text(verified.username)
        await socket.close()

    return TestClient(app, base_url=base, client=("198.51.100.7", 4711))


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


def test_who_is_right_is_let_in() -> None:
    world = World()
    answer = client(world).get("/me", auth=("alice", "secret"))
    assert (answer.status_code, answer.json()) == (200, "alice")
    assert world.told.events[0].address == "198.51.100.7"


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic !"}, {"Authorization": "x"}])
def test_who_is_not_is_told_how(headers: dict[str, str]) -> None:
    answer = client(World()).get("/me", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="shop", charset="UTF-8"'
    assert answer.headers["content-type"] == "application/problem+json"


def test_limits() -> None:
    asked = client(World())
    codes = [asked.get("/me", auth=("alice", "x")).status_code for _ in range(4)]
    assert codes == [401, 401, 401, 429]
    assert asked.get("/me", auth=("alice", "secret")).headers["Retry-After"] == "900"


def test_two_headers_are_none() -> None:
    right = ("Authorization", basic("alice:secret"))
    other = ("Authorization", basic("alice:x"))
    for headers in ([right, other], [right, right]):
        assert client(World()).get("/me", headers=headers).status_code == 401  # type: ignore[arg-type]


def test_plain_http_is_refused_whatever_the_client_says() -> None:
    asked = client(World(), "http://testserver")
    answer = asked.get("/me", auth=("alice", "secret"), headers={"X-Forwarded-Proto": "https"})
    assert answer.status_code == 403
    assert "WWW-Authenticate" not in answer.headers


def test_a_proxy_may_say_who_it_speaks_for() -> None:
    world = World(proxies=Proxies.of("198.51.100.0/24"))
    said = [("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "203.0.113.9")]
    # A header that comes twice is one list: the last hop is the one that the proxy has seen.
    headers: Any = [("X-Forwarded-For", "192.0.2.1"), *said]
    asked = client(world, "http://testserver")
    assert asked.get("/me", auth=("alice", "secret"), headers=headers).status_code == 200
    assert world.told.events[0].address == "203.0.113.9"


def test_websockets() -> None:
    asked = client(World(), "wss://testserver")
    with asked.websocket_connect(
        "wss://testserver/line", headers={"Authorization": basic("alice:secret")}
    ) as socket:
        assert socket.receive_text() == "alice"


def test_the_document_tells_of_it() -> None:
    document = client(World()).get("/openapi.json").json()
    assert document["components"]["securitySchemes"] == {
        "HTTPBasic": {"type": "http", "scheme": "basic"}
    }
    assert document["paths"]["/me"]["get"]["security"] == [{"HTTPBasic": []}]
    assert "parameters" not in document["paths"]["/me"]["get"]
