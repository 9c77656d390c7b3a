"""Uploads and downloads of FastAPI and Starlette, beneath a `Root`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from typing import TypeVar

import anyio
from anyio.to_thread import run_sync
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send

from tocsin.guard.files import Root
from tocsin.guard.files.receive import CHUNK, announced, reserved
from tocsin.guard.files.sent import Sent, sent

T = TypeVar("T")
_SENDS_PATHS = "http.response.pathsend"


async def receive(
    root: Root,
    name: str,
    source: Request | UploadFile,
    *,
    limit: int,
    replace: bool = False,
    mode: int = 0o600,
) -> int:
    """Store the body of a request, or a part of its form, as ``name``; how many bytes that were.

    It is written as it comes and has its name at the end. Raises what ``Root.create`` and
    ``Root.replace`` do: ``TooLarge`` for more than ``limit`` bytes, before they are read where the
    client announces them, and ``Conflict`` where the name is taken. A form is read by Starlette
    before the endpoint is called, whatever its size: bound that in front of the application.
    """
    if isinstance(source, UploadFile):
        size = source.size
    else:
        size = announced(source.headers.get("content-length"))
    draft = reserved(root, name, limit=limit, announced=size, replace=replace, mode=mode)
    async with _in_threads(draft) as writing:
        async for chunk in _chunks(source):
            await run_sync(writing.write, chunk)
    return writing.size


def download(
    root: Root,
    name: str,
    *,
    filename: str | None = None,
    media_type: str | None = None,
    inline: bool = False,
) -> Download:
    """The file ``name``, opened now and sent as it is: to be stored as ``filename``.

    ``inline`` shows it in the browser, which for what clients uploaded lets them run scripts.
    Raises ``Missing`` and ``Malformed`` as ``Root.open`` does.
    """
    return Download(sent(root, name, filename, media_type), inline=inline)


class Download(FileResponse):
    """A response of an opened file: ranges are answered, its path is not asked again."""

    def __init__(self, opened: Sent, *, inline: bool) -> None:
        self._file = opened.file
        super().__init__(
            # The same file, whatever has its name by now.
            f"/dev/fd/{opened.file.fileno()}",
            headers={**opened.headers, "ETag": f'"{opened.etag}"'},
            media_type=opened.media_type,
            filename=opened.filename,
            stat_result=opened.stat,
            content_disposition_type="inline" if inline else "attachment",
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        extensions = scope.get("extensions") or {}
        # A server that opens the path itself may do so when the descriptor is another file's.
        kept = {key: value for key, value in extensions.items() if key != _SENDS_PATHS}
        try:
            await super().__call__({**scope, "extensions": kept}, receive, send)
        finally:
            self._file.close()


async def _chunks(source: Request | UploadFile) -> AsyncIterator[bytes]:
    if isinstance(source, UploadFile):
        while chunk := await source.read(CHUNK):
            yield chunk
    else:
        async for chunk in source.stream():
            yield chunk


@asynccontextmanager
async def _in_threads(manager: AbstractContextManager[T]) -> AsyncIterator[T]:
    """Its steps wait for the disk: elsewhere. The last one is made also when all is cancelled."""
    entered = await run_sync(manager.__enter__)
    try:
        yield entered
    except BaseException as error:
        with anyio.CancelScope(shield=True):
            await run_sync(manager.__exit__, type(error), error, error.__traceback__)
        raise
    await run_sync(manager.__exit__, None, None, None)
