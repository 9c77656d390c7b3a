"""What is FastAPI's own about uploads and downloads: ranges, disconnects, cancellation."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.testclient import TestClient

from tocsin.guard.errors import TooLarge
from tocsin.guard.fastapi import download, receive
from tocsin.guard.files import Root


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Root]:
    (tmp_path / "a.txt").write_text("0123456789")
    with Root(tmp_path) as root:
        yield root


def asked(root: Root, headers: dict[str, str]) -> Any:
    return TestClient(download(root, "a.txt")).get("/", headers=headers)  # type: ignore[arg-type]


def test_a_range(root: Root) -> None:
    answer = asked(root, {"Range": "bytes=2-4"})
    assert (answer.status_code, answer.content) == (206, b"234")
    assert asked(root, {"Range": "bytes=20-"}).status_code == 416


def test_what_was_opened_is_sent_whatever_has_its_name(root: Root) -> None:
    response = download(root, "a.txt", inline=True)
    with root.replace("a.txt") as draft:
        draft.write(b"other")
    answer = TestClient(response).get("/")  # type: ignore[arg-type]
    assert answer.content == b"0123456789"
    assert answer.headers["content-disposition"].startswith("inline")


def test_other_files_have_other_tags(root: Root) -> None:
    before = asked(root, {}).headers["etag"]
    assert asked(root, {}).headers["etag"] == before
    with root.replace("a.txt") as draft:
        draft.write(b"9876543210")
    assert asked(root, {}).headers["etag"] != before


def test_a_server_that_opens_paths_is_given_bytes(root: Root) -> None:
    sent: list[Any] = []
    scope = {
        "type": "http",
        "method": "GET",
        "headers": [],
        "asgi": {"spec_version": "2.4"},
        "extensions": {"http.response.pathsend": {}},
    }

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(download(root, "a.txt")(scope, None, send))  # type: ignore[arg-type]
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]


class Body:
    """A request of a few messages, without a length."""

    def __init__(self, *messages: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        self._messages = list(messages)
        self._headers = headers or {}

    @property
    def request(self) -> Request:
        headers = [(name.encode(), value.encode()) for name, value in self._headers.items()]
        scope = {"type": "http", "method": "PUT", "path": "/", "headers": headers}
        return Request(scope, self._receive)

    async def _receive(self) -> dict[str, Any]:
        if not self._messages:
            await asyncio.Event().wait()
        return self._messages.pop(0)


def part(body: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def test_nothing_is_kept_of_a_client_that_leaves(root: Root, tmp_path: Path) -> None:
    body = Body(part(b"half"), {"type": "http.disconnect"})
    with pytest.raises(ClientDisconnect):
        asyncio.run(receive(root, "new", body.request, limit=100))
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_the_limit_holds_for_what_is_not_announced(root: Root, tmp_path: Path) -> None:
    body = Body(part(b"12345"), part(b"67890"), part(b"!", more=False))
    with pytest.raises(TooLarge):
        asyncio.run(receive(root, "new", body.request, limit=9))
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_an_announced_length_is_refused_before_anything_is_read(root: Root) -> None:
    body = Body(headers={"content-length": "10"})
    with pytest.raises(TooLarge):
        asyncio.run(receive(root, "new", body.request, limit=9))


def test_a_length_that_no_number_has_is_too_large(root: Root) -> None:
    body = Body(headers={"content-length": "9" * 5000})
    with pytest.raises(TooLarge):
        asyncio.run(receive(root, "new", body.request, limit=9))


def test_a_length_that_is_none_is_not_announced(root: Root) -> None:
    body = Body(part(b"12345", more=False), headers={"content-length": "many"})
    assert asyncio.run(receive(root, "new", body.request, limit=9)) == 5


def test_nothing_is_kept_of_what_is_cancelled(root: Root, tmp_path: Path) -> None:
    begun: asyncio.Event
    request = Body().request

    async def stream() -> AsyncIterator[bytes]:
        yield b"half"
        begun.set()
        await asyncio.Event().wait()

    async def cancelled() -> None:
        nonlocal begun
        begun = asyncio.Event()
        request.stream = stream  # type: ignore[method-assign]
        task = asyncio.create_task(receive(root, "new", request, limit=9))
        await begun.wait()
        assert len(os.listdir(tmp_path)) == 2
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
