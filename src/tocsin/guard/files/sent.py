"""What is told of a file that is sent: the same in every framework."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from tocsin.guard.files.names import upload_name
from tocsin.guard.files.root import Root

_BINARY = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Sent:
    """An opened file. Whatever happens to its name, these are its bytes."""

    file: BinaryIO
    stat: os.stat_result
    etag: str
    filename: str
    media_type: str
    headers: Mapping[str, str]


def sent(root: Root, name: str, filename: str | None, media_type: str | None) -> Sent:
    """The file ``name``, to be stored by the client as ``filename`` or by its own last part.

    Without a ``media_type`` it is guessed from that name, never from what is in the file: browsers
    are told not to guess either.
    """
    file, told = root.opened(name)
    filename = upload_name(name if filename is None else filename)
    guessed, encoding = mimetypes.guess_type(filename)
    return Sent(
        file,
        told,
        f"{told.st_ino:x}-{told.st_mtime_ns:x}-{told.st_size:x}",
        filename,
        # What is compressed stays a file: an encoding would have the browser unpack it.
        media_type or (guessed if encoding is None else None) or _BINARY,
        {"X-Content-Type-Options": "nosniff"},
    )
