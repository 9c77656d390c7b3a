"""Handlers that check before they have read the body: the client holds their window open."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import Flask, abort, request
from werkzeug.serving import make_server

from tests.probe.shop import basic
from tocsin.model import event
from tocsin.model.anomaly import Name
from tocsin.model.http import Identity, Request
from tocsin.probe.client import Client
from tocsin.probe.delivery import Delivery
from tocsin.probe.engine import Order, Probing, Said, Shown
from tocsin.probe.identity import Sessions
from tocsin.probe.message import Origin
from tocsin.probe.redaction import Redactor
from tocsin.probe.scope import Target

PEOPLE = {name: Identity(name, basic(name, name), username=name) for name in ("carol", "admin")}


@dataclass
class Rooms:
    """The state, and a `World` that puts it back."""

    restores: bool = True
    managers: set[str] = field(default_factory=set)
    names: dict[int, str] = field(default_factory=dict)

    def restore(self) -> None:
        self.managers = {"carol"}
        self.names = {1: "library"}


def application(rooms: Rooms) -> Flask:
    app = Flask("rooms")

    def allowed() -> None:
        if request.authorization is None or request.authorization.username not in rooms.managers:
            abort(403)

    @app.get("/rooms")
    def every() -> list[dict[str, object]]:
        return [{"id": key, "name": name} for key, name in rooms.names.items()]

    @app.put("/racy/rooms/<int:room>")
    def checks_first(room: int) -> dict[str, int]:
        allowed()
        rooms.names[room] = request.get_json()["name"]
        return {"id": room}

    @app.put("/safe/rooms/<int:room>")
    def reads_first(room: int) -> dict[str, int]:
        name = request.get_json()["name"]
        allowed()
        rooms.names[room] = name
        return {"id": room}

    @app.post("/users/<name>/demote")
    def demote(name: str) -> dict[str, str]:
        rooms.managers.discard(name)
        return {"name": name}

    return app


def sent(method: str, path: str, who: str, body: object = None) -> Request:
    content = b"" if body is None else json.dumps(body).encode()
    kind = (("content-type", "application/json"),) if content else ()
    headers = (*PEOPLE[who].headers, *kind)
    endpoint = path.replace("/rooms/1", "/rooms/{room}").replace("/carol/", "/{name}/")
    return Request(
        f"{method} {path}", f"{method} {endpoint}", method, path, (), headers, content, who
    )


@contextmanager
def serving(rooms: Rooms) -> Iterator[Origin]:
    server = make_server("127.0.0.1", 0, application(rooms), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Origin("http", "127.0.0.1", server.server_port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def told(path: str) -> list[Said]:
    rooms = Rooms()
    requests = (
        sent("GET", "/rooms", "admin"),
        sent("PUT", path, "carol", {"name": "kitchen"}),
        sent("POST", "/users/carol/demote", "admin"),
    )
    with serving(rooms) as origin, Delivery() as delivery:
        sessions = Sessions.of(PEOPLE.values())
        client = Client(origin, delivery, sessions, Redactor(), may_change=True)
        order = Order(target=Target(origin), rounds=2, requests=requests)
        return list(Probing(order, client, rooms).events())


def test_a_body_that_is_held_back_holds_the_window_open() -> None:
    (shown,) = [one for one in told("/racy/rooms/1") if isinstance(one, Shown)]
    assert shown.broken.name is Name.STALE_AUTHORIZATION
    assert shown.broken.reason.endswith("for as long as the client holds back the end of the body")
    assert (shown.evidence.shown, shown.evidence.rounds, shown.sure) == (2, 2, True)
    assert shown.evidence.way.endswith("released at the end of the body")


def test_who_reads_before_the_check_is_swept_like_others() -> None:
    said = told("/safe/rooms/1")
    assert not [one for one in said if isinstance(one, Shown)]
    bounds = [one.result.bound for one in said if isinstance(one, event.UnitFinished)]
    assert "6 rounds, released at swept moments" in bounds
