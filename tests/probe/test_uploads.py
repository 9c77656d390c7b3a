from __future__ import annotations

import pytest

from tocsin.model.http import Identity, Operation, Request, Response
from tocsin.probe.uploads import Upload, addresses, upload
from tocsin.scenario.build import Inputs, build

OPERATION = Operation("POST", "/files", content_type="multipart/form-data")
INPUTS = Inputs(
    fields={"title": "a title", "file": "tocsin.txt", "more": "x"},
    files=frozenset({"file"}),
    content_type="multipart/form-data",
)
FORM = build(OPERATION, INPUTS, Identity("alice", (("authorization", "Basic x"),)))


def put(path: str, kind: str) -> Request:
    return Request("put", f"PUT {path}", "PUT", path, headers=(("Content-Type", kind),), body=b"x")


def test_the_file_of_a_form_is_changed_and_nothing_else() -> None:
    sent = upload(FORM)
    assert sent is not None
    assert sent.name == "tocsin.txt"
    changed = sent.holding(b"\r\n--\x00 other").body
    assert changed == FORM.body.replace(b"\r\n\r\ntocsin\r\n", b"\r\n\r\n\r\n--\x00 other\r\n")
    assert changed.count(b"a title") == 1


def test_a_body_that_is_a_file_is_replaced_whole() -> None:
    sent = upload(put("/files/a%20b.txt", "application/octet-stream"))
    assert sent is not None
    assert sent.name == "a b.txt"
    assert sent.holding(b"other").body == b"other"
    assert sent.holding(b"other").name == "PUT /files/a b.txt {'other'} as anonymous"


@pytest.mark.parametrize(
    "request_",
    [
        put("/a", "application/json"),
        put("/a", "application/x-www-form-urlencoded"),
        put("/a", ""),
        Request("get", "GET /a", "GET", "/a"),
    ],
)
def test_what_is_no_upload(request_: Request) -> None:
    assert upload(request_) is None


def paths(answer: bytes, *known: str, location: str = "") -> list[tuple[str, str]]:
    headers = (("Location", location),) if location else ()
    operations = [Operation("GET", path) for path in known]
    sent = Upload(FORM, "tocsin.txt")
    found = addresses(sent, Response(201, headers, answer), operations)
    return [(one.endpoint, one.path) for one in found]


def test_what_the_answer_names_comes_first() -> None:
    found = paths(b'{"id": 3, "at": "/public/x.txt"}', "/public/{name}", location="http://h/f/3")
    assert found[:2] == [("GET /f/3", "/f/3"), ("GET /public/{name}", "/public/x.txt")]


def test_reads_of_the_same_noun_are_tried_with_name_and_values() -> None:
    found = paths(b'{"id": 3, "ok": true}', "/orders/{id}", "/files/{id}", "/me/file", "/me")
    assert found == [
        ("GET /files/{id}", "/files/tocsin.txt"),
        ("GET /files/{id}", "/files/3"),
        ("GET /me/file", "/me/file"),
        ("GET /orders/{id}", "/orders/tocsin.txt"),
        ("GET /orders/{id}", "/orders/3"),
    ]
    assert paths(b"no JSON", "/me") == []


def test_whoever_uploads_fetches() -> None:
    (read,) = addresses(Upload(FORM, "a"), Response(201), [Operation("GET", "/files/{name}")])
    assert (read.identity, read.headers) == ("alice", (("authorization", "Basic x"),))
