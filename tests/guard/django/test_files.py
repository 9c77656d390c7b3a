"""What is Django's own about uploads and downloads: bodies that end early, conditions."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django.test import RequestFactory

from tocsin.guard.django import download, receive
from tocsin.guard.errors import Malformed, TooLarge
from tocsin.guard.files import Root


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Root]:
    (tmp_path / "a.txt").write_text("0123456789")
    with Root(tmp_path) as root:
        yield root


def put(body: bytes, length: str) -> HttpRequest:
    environ = RequestFactory()._base_environ(REQUEST_METHOD="PUT", CONTENT_LENGTH=length)
    return WSGIRequest(environ | {"wsgi.input": io.BytesIO(body)})


def test_a_body(root: Root) -> None:
    assert receive(root, "new", put(b"123", "3"), limit=5) == 3


def test_nothing_is_kept_of_a_body_that_ends_early(root: Root, tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        receive(root, "new", put(b"123", "5"), limit=5)
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_an_announced_length_is_refused(root: Root) -> None:
    with pytest.raises(TooLarge):
        receive(root, "new", put(b"", "6"), limit=5)


def test_a_length_that_no_number_has_is_too_large(root: Root) -> None:
    request = put(b"", "6")
    request.META["CONTENT_LENGTH"] = "9" * 5000
    with pytest.raises(TooLarge):
        receive(root, "new", request, limit=5)


def test_no_length_is_no_body(root: Root) -> None:
    assert receive(root, "new", put(b"123", ""), limit=5) == 0


def test_a_part_that_lies_in_a_file(root: Root, tmp_path: Path) -> None:
    with TemporaryUploadedFile("x", "text/plain", 200_000, None) as file:
        file.write(b"x" * 200_000)
        file.seek(0)
        assert receive(root, "new", file, limit=200_000) == 200_000
    assert (tmp_path / "new").read_bytes() == b"x" * 200_000


def test_what_was_opened_is_sent_whatever_has_its_name(root: Root) -> None:
    response: Any = download(root, "a.txt")
    with root.replace("a.txt") as draft:
        draft.write(b"other")
    assert b"".join(response.streaming_content) == b"0123456789"
    response.close()


def test_not_modified(root: Root) -> None:
    first = download(root, "a.txt")
    first.close()

    def again(request: HttpRequest) -> HttpResponseBase:
        response = download(root, "a.txt")
        response._resource_closers[0]()
        return response

    request = RequestFactory().get("/", HTTP_IF_NONE_MATCH=first["ETag"])
    assert ConditionalGetMiddleware(again)(request).status_code == 304
