"""Uploads and downloads of Django, beneath a `Root`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpRequest
from django.utils.http import http_date

from tocsin.guard.files import Root
from tocsin.guard.files.receive import CHUNK, announced, received, reserved
from tocsin.guard.files.sent import sent


def receive(
    root: Root,
    name: str,
    source: HttpRequest | UploadedFile,
    *,
    limit: int,
    replace: bool = False,
    mode: int = 0o600,
) -> int:
    """Store the body of a request, or a file of its form, as ``name``; how many bytes that were.

    It is written as it comes and has its name at the end. Raises what ``Root.create`` and
    ``Root.replace`` do: ``TooLarge`` for more than ``limit`` bytes, before they are read where the
    client announces them, and ``Conflict`` where the name is taken. A form is read by Django when
    ``request.FILES`` is first asked for, whatever its size: bound that in front of the application.
    """
    if isinstance(source, UploadedFile):
        size: int | None = source.size
        chunks: Iterable[bytes] = source.chunks(CHUNK)
    else:
        size = announced(source.META.get("CONTENT_LENGTH"))
        chunks = _chunks(source)
    draft = reserved(root, name, limit=limit, announced=size, replace=replace, mode=mode)
    return received(draft, chunks)


def download(
    root: Root,
    name: str,
    *,
    filename: str | None = None,
    media_type: str | None = None,
    inline: bool = False,
) -> FileResponse:
    """The file ``name``, opened now and sent as it is: to be stored as ``filename``.

    ``inline`` shows it in the browser, which for what clients uploaded lets them run scripts.
    Raises ``Missing`` and ``Malformed`` as ``Root.open`` does. ``ConditionalGetMiddleware`` answers
    304 by the tag that it has.
    """
    opened = sent(root, name, filename, media_type)
    return FileResponse(
        opened.file,
        as_attachment=not inline,
        filename=opened.filename,
        content_type=opened.media_type,
        headers={
            **opened.headers,
            "ETag": f'"{opened.etag}"',
            "Last-Modified": http_date(opened.stat.st_mtime),
        },
    )


def _chunks(request: HttpRequest) -> Iterator[bytes]:
    while chunk := request.read(CHUNK):
        yield chunk
