"""``If-Match`` and ``If-None-Match``: read or ``Malformed``, and written as they are read."""

from __future__ import annotations

from tocsin.guard.errors import Malformed
from tocsin.guard.etag import Tags, parse


def one(data: bytes) -> None:
    """A header as servers hand it over."""
    try:
        tags = parse(data.decode("latin-1"))
    except Malformed:
        return
    assert tags.anything != bool(tags.listed)
    if tags.listed:
        assert parse(", ".join(map(str, tags.listed))) == tags
    else:
        assert tags == Tags(anything=True)
