"""Two uploads under one name: the first to end has it, in every schedule."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.guard.exploring import judged, session
from tocsin.explore.session import Session
from tocsin.model.anomaly import Name
from tocsin.model.http import Request
from tocsin.model.verdict import Verdict

FLASK = """
    from pathlib import Path

    from flask import Flask, abort, request

    from tocsin.guard.files import Root, openat2, walk
    from tocsin.guard.flask import install, receive

    app = Flask(__name__)
    install(app)
    folder = Path(__file__).with_name("uploads")
    folder.mkdir(exist_ok=True)
    roots = {
        "openat2": Root(folder),
        "walk": Root(folder, opener=walk.opened),
    }


    @app.put("/racy/<name>")
    def racy(name):
        if (folder / name).exists():
            abort(409)
        (folder / name).write_bytes(request.get_data())
        return {}, 201


    @app.put("/guarded/<way>/<name>")
    def guarded(way, name):
        receive(roots[way], name, request, limit=100)
        return {}, 201


    @app.put("/replaced/<way>/<name>")
    def replaced(way, name):
        receive(roots[way], name, request, limit=100, replace=True)
        return {}, 200


    @app.get("/guarded/<way>/<name>")
    def read(way, name):
        with roots[way].open(name) as file:
            return file.read()


    @app.delete("/guarded/<way>/<name>")
    def removed(way, name):
        roots[way].remove(name)
        return {}
"""
FASTAPI = """
    from pathlib import Path

    from fastapi import FastAPI, HTTPException, Request

    from tocsin.guard.files import Root, walk
    from tocsin.guard.fastapi import install, receive

    app = FastAPI()
    install(app)
    folder = Path(__file__).with_name("uploads")
    folder.mkdir(exist_ok=True)
    roots = {
        "openat2": Root(folder),
        "walk": Root(folder, opener=walk.opened),
    }


    @app.put("/racy/{name}", status_code=201)
    async def racy(name: str, request: Request):
        body = await request.body()
        return store(name, body)


    def store(name: str, body: bytes):
        if (folder / name).exists():
            raise HTTPException(409)
        (folder / name).write_bytes(body)


    @app.put("/guarded/{way}/{name}", status_code=201)
    async def guarded(way: str, name: str, request: Request):
        await receive(roots[way], name, request, limit=100)


    @app.put("/replaced/{way}/{name}")
    async def replaced(way: str, name: str, request: Request):
        await receive(roots[way], name, request, limit=100, replace=True)


    @app.get("/guarded/{way}/{name}")
    def read(way: str, name: str):
        with roots[way].open(name) as file:
            return file.read().decode()


    @app.delete("/guarded/{way}/{name}")
    def removed(way: str, name: str):
        roots[way].remove(name)
"""
APPS = {"flask": FLASK, "fastapi": FASTAPI}


@pytest.fixture(scope="module", params=list(APPS))
def loaded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Session]:
    name = f"tocsin_tests_uploads_{request.param}"
    with session(name, APPS[request.param], tmp_path_factory.mktemp("uploads")) as loaded:
        yield loaded


def asked(method: str, path: str, body: bytes = b"") -> Request:
    return Request(f"{method} {path}", f"{method} {path}", method, path, body=body)


def test_looking_first_is_proven_racy(loaded: Session) -> None:
    found = judged(loaded, asked("PUT", "/racy/new", b"one"), asked("PUT", "/racy/new", b"two"))
    assert found.verdict is Verdict.VIOLATED
    assert found.proofs[0].witness.anomaly.name in {Name.DUPLICATE_CREATE, Name.LOST_UPDATE}


@pytest.mark.parametrize("way", ["openat2", "walk"])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("PUT", "/guarded/{}/new", b"one"), ("PUT", "/guarded/{}/new", b"two")),
        (("PUT", "/guarded/{}/new", b"one"), ("GET", "/guarded/{}/new", b"")),
        (("PUT", "/replaced/{}/new", b"one"), ("PUT", "/replaced/{}/new", b"two")),
        (("PUT", "/replaced/{}/new", b"one"), ("DELETE", "/guarded/{}/new", b"")),
    ],
    ids=["create-create", "create-read", "replace-replace", "replace-remove"],
)
def test_the_guard_holds(
    loaded: Session, way: str, first: tuple[str, str, bytes], second: tuple[str, str, bytes]
) -> None:
    requests = [asked(method, path.format(way), body) for method, path, body in (first, second)]
    found = judged(loaded, *requests)
    assert found.verdict is Verdict.HOLDS, (found.reason, found.proofs)
    assert found.schedules > 1
