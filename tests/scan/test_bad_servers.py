"""Whatever a server does wrong, a scan says it in one sentence, and ends."""

from __future__ import annotations

import itertools
import json
import socket
import ssl
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.probe.certificates import Certificates, certificates
from tests.probe.servers import request, scripted
from tocsin.cli.main import cli
from tocsin.errors import TocsinError

__all__ = ["certificates"]

Reply = Callable[[str, str], bytes]


def scan(
    folder: Path, address: str, *words: str, configuration: str = "", patience: float = 0.3
) -> Result:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        (folder / "tocsin.toml").write_text(f"request-timeout = {patience}\n{configuration}")
        every = ["scan", address, "--no-progress", "--rounds", "1", "--output", "json", *words]
        return CliRunner().invoke(cli, every, standalone_mode=False)


def sentence(result: Result) -> tuple[int, str]:
    """The exit code and the one sentence of a scan that came to nothing."""
    error = result.exception
    assert isinstance(error, TocsinError), result.output
    assert "\n" not in error.message
    return error.exit_code, error.message


def talking(reply: Reply) -> Callable[[socket.socket], None]:
    """Answers each request with what ``reply`` makes of its method and path."""

    def handler(connection: socket.socket) -> None:
        while True:
            try:
                head = request(connection)
            except ConnectionError:
                return
            method, path = head.split(b" ")[:2]
            connection.sendall(reply(method.decode(), path.decode()))

    return handler


def whole(body: bytes, status: str = "200 OK", *fields: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join([*lines, "", ""]).encode() + body


def described(paths: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"openapi": "3.1.0", "paths": paths, **more}).encode()


def test_nobody_listens(tmp_path: Path) -> None:
    code, said = sentence(scan(tmp_path, "http://127.0.0.1:9"))
    assert code == 5
    assert said.startswith("http://127.0.0.1:9: the server could not be reached")


def test_a_certificate_of_nobody_we_know(tmp_path: Path, certificates: Certificates) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    with scripted(talking(lambda _m, _p: whole(b"")), context) as origin:
        code, said = sentence(scan(tmp_path, str(origin)))
    assert code == 5
    assert "TLS could not be established" in said


def test_tls_where_there_is_none(tmp_path: Path) -> None:
    with scripted(talking(lambda _m, _p: whole(b""))) as origin:
        code, said = sentence(scan(tmp_path, str(origin).replace("http:", "https:")))
    assert code == 5
    assert "TLS could not be established" in said


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"", "closed the connection early"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", "no complete answer in time"),
        (b"SSH-2.0-OpenSSH_9.9\r\n", "no complete answer in time"),
        (b"220 mail.example ESMTP\r\n\r\n", "not valid HTTP"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "not valid HTTP"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 3, "no complete answer in time"),
    ],
    ids=[
        "nothing",
        "half",
        "a greeting",
        "another protocol",
        "chunks that are none",
        "interim answers only",
    ],
)
def test_what_is_no_answer(tmp_path: Path, said: bytes, reason: str) -> None:
    def handler(connection: socket.socket) -> None:
        request(connection)
        connection.sendall(said)
        if said:
            with suppress(OSError):
                connection.recv(1)

    with scripted(handler) as origin:
        code, told = sentence(scan(tmp_path, str(origin)))
    assert code == 5
    assert reason in told


def test_answers_that_drip(tmp_path: Path) -> None:
    """A byte now and then keeps no scan alive: the deadline is that of the whole answer."""

    def handler(connection: socket.socket) -> None:
        request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        connection.settimeout(0.02)
        while True:
            connection.sendall(b"x")
            with suppress(TimeoutError):
                if not connection.recv(1):
                    return

    with scripted(handler) as origin:
        code, said = sentence(scan(tmp_path, str(origin)))
    assert code == 5
    assert "no complete answer in time" in said


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    packer = zlib.compressobj(9)
    zeros = bytes(1024 * 1024)
    bomb = b"".join([*(packer.compress(zeros) for _ in range(64)), packer.flush()])
    reply = whole(bomb, "200 OK", "Content-Encoding: deflate")
    with scripted(talking(lambda _m, _p: reply)) as origin:
        code, said = sentence(scan(tmp_path, str(origin)))
    assert code == 5
    assert "larger than the cap" in said


def test_redirects_in_a_circle_are_not_followed(tmp_path: Path) -> None:
    asked: list[str] = []

    def reply(_method: str, path: str) -> bytes:
        asked.append(path)
        return whole(b"", "307 Temporary Redirect", f"Location: {path}")

    with scripted(talking(reply)) as origin:
        code, said = sentence(scan(tmp_path, str(origin)))
    assert code == 3
    assert "no OpenAPI document at the usual places" in said
    assert len(asked) < 60


def test_a_server_that_falls_silent_is_given_up(tmp_path: Path) -> None:
    asked: list[str] = []

    def handler(connection: socket.socket) -> None:
        while True:
            path = request(connection).split(b" ")[1].decode()
            asked.append(path)
            if path == "/":
                connection.sendall(whole(b"hello"))

    with scripted(handler) as origin:
        code, said = sentence(scan(tmp_path, str(origin)))
    assert code == 5
    assert "has not answered 12 requests in a row" in said
    assert len(asked) < 30


def test_a_document_of_another_server(tmp_path: Path) -> None:
    paths = {"/a": {"get": {}}, "/b/{id}": {"delete": {}}}
    (tmp_path / "api.json").write_bytes(described(paths))
    with scripted(talking(lambda _m, _p: whole(b"{}", "404 Not Found"))) as origin:
        result = scan(tmp_path, str(origin), "--spec", "api.json")
    code, said = sentence(result)
    assert code == 3
    assert "no operation could be exercised" in said


def test_references_in_a_circle_and_ten_megabytes(tmp_path: Path) -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}}
    loop = {"$ref": "#/components/schemas/Loop"}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Node"}}}
    paths: dict[str, Any] = {
        "/nodes": {"post": {"requestBody": {"content": content}}},
        "/loops": {"post": {"requestBody": {"content": {"application/json": {"schema": loop}}}}},
    }
    filler = {f"Unused{number}": {"description": "x" * 1000} for number in range(10_000)}
    document = described(paths, components={"schemas": {"Node": node, "Loop": loop, **filler}})
    assert len(document) > 10_000_000
    posted = itertools.count()

    def reply(method: str, path: str) -> bytes:
        if path == "/openapi.json":
            return whole(document)
        return whole(b'{"n": %d}' % next(posted)) if method == "POST" else whole(b"[]")

    with scripted(talking(reply)) as origin:
        result = scan(tmp_path, str(origin), patience=30)
    assert result.exception is None, result.exception
    operations = json.loads(result.stdout)["operations"]
    assert {one["endpoint"] for one in operations} == {"POST /nodes", "POST /loops"}
    assert {one["status"] for one in operations} == {"exercised"}


def test_a_login_that_fails_leaves_the_others(tmp_path: Path) -> None:
    login = """
[identities.alice.login]
request = "POST /login"
json = { password = "wonderland-1865" }
token = "token"
"""
    document = described({"/things": {"get": {}}})

    def reply(_method: str, path: str) -> bytes:
        if path == "/login":
            return whole(b"{}", "403 Forbidden")
        return whole(document if path == "/openapi.json" else b"[]")

    with scripted(talking(reply)) as origin:
        result = scan(tmp_path, str(origin), configuration=login)
    assert result.exception is None, result.exception
    told = json.loads(result.stdout)
    assert [note for note in told["notes"] if note.startswith("the login of alice")] == [
        "the login of alice is answered with 403"
    ]
    assert {one["identity"] for one in told["operations"]} == {"anonymous"}
    assert "wonderland-1865" not in result.stdout


DEEP = b"[" * 100_000 + b"]" * 100_000
HALF = b'{"id": "\\ud800", "name": "\\udfff"}'


@pytest.mark.parametrize(
    ("listed", "fields"),
    [
        (DEEP, ()),
        (b"[" * 100_000, ()),
        (b'{"items": [%s]}' % HALF, ()),
        (b'[{"id": NaN}, {"id": 1e999}, {"id": %s}]' % (b"9" * 4_000), ()),
        (b"[]", ("Location: http://[bad",)),
    ],
    ids=["deep", "open", "half a character", "no numbers", "no address"],
)
def test_answers_that_nobody_can_work_with(
    tmp_path: Path, listed: bytes, fields: tuple[str, ...]
) -> None:
    paths = {"/orders": {"get": {}, "post": {}}, "/orders/{id}": {"get": {}, "delete": {}}}

    def reply(method: str, path: str) -> bytes:
        if path == "/openapi.json":
            return whole(described(paths))
        return whole(listed if method == "GET" else HALF, "201 Created", *fields)

    with scripted(talking(reply)) as origin:
        result = scan(tmp_path, str(origin), "--har", "sent.har", patience=5)
    assert result.exception is None, result.exception
    operations = json.loads(result.stdout)["operations"]
    assert {one["endpoint"] for one in operations if one["status"] == "exercised"} >= {
        "GET /orders"
    }
    assert json.loads((tmp_path / "sent.har").read_text("utf-8"))["log"]["entries"]


def test_schemas_of_nothing_but_themselves(tmp_path: Path) -> None:
    schemas = {
        "All": {"allOf": [{"$ref": "#/components/schemas/All"}]},
        "None": {"not": {"$ref": "#/components/schemas/None"}},
        "Any": {"anyOf": [{"$ref": "#/components/schemas/Any"}, {"type": 5}]},
    }
    paths = {
        f"/{name}": {
            "post": {
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}
                    }
                }
            }
        }
        for name in schemas
    }
    servers = [{"url": "http://["}]
    document = described(paths, components={"schemas": schemas}, servers=servers)

    def reply(_method: str, path: str) -> bytes:
        return whole(document if path == "/openapi.json" else b"{}")

    with scripted(talking(reply)) as origin:
        result = scan(tmp_path, str(origin), patience=5)
    assert result.exception is None, result.exception
    assert len(json.loads(result.stdout)["operations"]) >= len(schemas)


def test_a_document_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    def reply(_method: str, path: str) -> bytes:
        if path == "/openapi.json":
            return whole(b'{"openapi": "3.1.0", "paths": []}')
        return whole(b"{}", "404 Not Found")

    with scripted(talking(reply)) as origin:
        code, said = sentence(scan(tmp_path, str(origin)))
    assert code == 3
    assert "(/openapi.json: its 'paths' is missing, or no table)" in said
