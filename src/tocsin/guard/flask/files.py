"""Uploads and downloads of Flask, beneath a `Root`."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Request, Response, request, send_file
from werkzeug.datastructures import FileStorage

from tocsin.guard.files import Root
from tocsin.guard.files.receive import CHUNK, received, reserved
from tocsin.guard.files.sent import sent


def receive(
    root: Root,
    name: str,
    source: Request | FileStorage,
    *,
    limit: int,
    replace: bool = False,
    mode: int = 0o600,
) -> int:
    """Store the body of a request, or a file of its form, as ``name``; how many bytes that were.

    It is written as it comes and has its name at the end. Raises what ``Root.create`` and
    ``Root.replace`` do: ``TooLarge`` for more than ``limit`` bytes, before they are read where the
    client announces them, and ``Conflict`` where the name is taken. A form is read by Flask when it
    is first asked for, whatever its size: bound that with ``MAX_CONTENT_LENGTH``.
    """
    # The length of a part of a form says nothing: it is there already, and may lie.
    announced = source.content_length if isinstance(source, Request) else None
    draft = reserved(root, name, limit=limit, announced=announced, replace=replace, mode=mode)
    return received(draft, _chunks(source))


def download(
    root: Root,
    name: str,
    *,
    filename: str | None = None,
    media_type: str | None = None,
    inline: bool = False,
) -> Response:
    """The file ``name``, opened now and sent as it is: to be stored as ``filename``.

    ``inline`` shows it in the browser, which for what clients uploaded lets them run scripts.
    Raises ``Missing`` and ``Malformed`` as ``Root.open`` does.
    """
    opened = sent(root, name, filename, media_type)
    response = send_file(
        opened.file,
        mimetype=opened.media_type,
        as_attachment=not inline,
        download_name=opened.filename,
        conditional=False,
        etag=opened.etag,
        last_modified=opened.stat.st_mtime,
    )
    for key, value in opened.headers.items():
        response.headers[key] = value
    # What ``send_file`` does for a path: it does not know how long an opened file is.
    size = response.content_length = opened.stat.st_size
    try:
        response.make_conditional(request.environ, accept_ranges=True, complete_length=size)
    except BaseException:
        opened.file.close()
        raise
    return response


def _chunks(source: Request | FileStorage) -> Iterator[bytes]:
    while chunk := source.stream.read(CHUNK):
        yield chunk
