"""HTTP Basic authentication as a decorator."""

from __future__ import annotations

import base64

from flask import Flask
from flask.testing import FlaskClient

from tests.guard.basic.test_gate import World
from tocsin.guard.basic import Proxies, Verified
from tocsin.guard.flask import install
from tocsin.guard.flask.basic import authenticate, authenticated

HTTPS = "https://testserver"


def client(world: World) -> FlaskClient:
    app = Flask(__name__)
    install(app)

    @app.get("/me/<int:n>")
    @authenticated(world.gate)
    def who(n: int, me: Verified) -> str:
        return f"{n} {me.username}"

    @app.get("/awaited")
    @authenticated(world.gate)
    async def awaited(me: Verified) -> str:
        return me.username

    @app.get("/within")
    def within() -> str:
        return authenticate(world.gate).username

    return app.test_client()


def test_who_is_right_is_let_in() -> None:
    world = World()
    answer = client(world).get("/me/1", auth=("alice", "secret"), base_url=HTTPS)
    assert (answer.status_code, answer.text) == (200, "1 alice")
    assert world.told.events[0].address == "127.0.0.1"
    assert client(world).get("/within", auth=("alice", "secret"), base_url=HTTPS).text == "alice"


def test_who_is_not_is_told_how() -> None:
    world = World()
    answer = client(world).get("/me/1", auth=("alice", "x"), base_url=HTTPS)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="shop", charset="UTF-8"'
    assert client(world).get("/within", base_url=HTTPS).status_code == 401


def test_limits() -> None:
    asked = client(World())
    codes = [asked.get("/me/1", auth=("a", "x"), base_url=HTTPS).status_code for _ in range(4)]
    assert codes == [401, 401, 401, 429]


def test_plain_http_is_refused_whatever_the_client_says() -> None:
    said = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    world = World()
    asked = client(world)
    assert asked.get("/me/1", auth=("alice", "secret"), headers=said).status_code == 403
    assert world.told.events[0].address == "127.0.0.1"
    proxied = World(proxies=Proxies.of("127.0.0.0/8"))
    assert client(proxied).get("/me/1", auth=("alice", "secret"), headers=said).text == "1 alice"
    assert proxied.told.events[0].address == "203.0.113.9"


def test_a_header_as_the_client_wrote_it() -> None:
    token = base64.b64encode(b"alice:secret").decode()
    headers = {"Authorization": f"Basic {token} x"}
    assert client(World()).get("/within", headers=headers, base_url=HTTPS).status_code == 401
