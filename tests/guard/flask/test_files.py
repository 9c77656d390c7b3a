"""What is Flask's own about uploads and downloads: ranges, conditions, bodies that end early."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient

from tocsin.guard.files import Root
from tocsin.guard.flask import download, install, receive


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    (tmp_path / "a.txt").write_text("0123456789")
    app = Flask(__name__)
    install(app)
    with Root(tmp_path) as root:

        @app.get("/<name>")
        def sent(name: str) -> Response:
            return download(root, name, filename="b.html", inline=True)

        @app.put("/<name>")
        def stored(name: str) -> str:
            return str(receive(root, name, request, limit=20, replace=True))

        yield app.test_client()


def test_a_range(client: FlaskClient) -> None:
    answer = client.get("/a.txt", headers={"Range": "bytes=2-4"}, buffered=True)
    assert (answer.status_code, answer.data) == (206, b"234")
    assert client.get("/a.txt", headers={"Range": "bytes=20-"}).status_code == 416


def test_not_modified(client: FlaskClient) -> None:
    tag = client.get("/a.txt", buffered=True).headers["ETag"]
    assert client.get("/a.txt", headers={"If-None-Match": tag}, buffered=True).status_code == 304
    assert client.put("/a.txt", data=b"9876543210").data == b"10"
    assert client.get("/a.txt", headers={"If-None-Match": tag}, buffered=True).data == b"9876543210"


def test_the_name_that_the_client_stores_it_by(client: FlaskClient) -> None:
    answer = client.get("/a.txt", buffered=True)
    assert answer.headers["Content-Disposition"] == "inline; filename=b.html"
    assert answer.mimetype == "text/html"


def test_nothing_is_kept_of_a_body_that_ends_early(client: FlaskClient, tmp_path: Path) -> None:
    answer = client.put(
        "/a.txt", input_stream=io.BytesIO(b"123"), environ_overrides={"CONTENT_LENGTH": "5"}
    )
    assert answer.status_code == 400
    assert (tmp_path / "a.txt").read_text() == "0123456789"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_the_limit_holds_for_what_is_not_announced(client: FlaskClient, tmp_path: Path) -> None:
    answer = client.put(
        "/a.txt",
        input_stream=io.BytesIO(b"1" * 21),
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    assert answer.status_code == 413
    assert (tmp_path / "a.txt").read_text() == "0123456789"
