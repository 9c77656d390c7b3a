"""HAR: what a browser or proxy recorded. Source: the HTTP Archive 1.2 specification."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from tocsin.probe.spec.shape import Json, entries, mapping, text
from tocsin.probe.spec.surface import Recorded, Surface, Unreadable

_SENT_BY_BROWSERS_ALONE = ("chrome-extension:", "data:", "blob:", "ws:", "wss:")


def recognises(document: Json) -> bool:
    """Whether this is an archive."""
    return "entries" in mapping(document.get("log"))


def read(document: Json) -> Surface:
    """The requests of an archive, in the order in which they were sent."""
    listed = mapping(document["log"]).get("entries")
    if not isinstance(listed, list):
        raise Unreadable("its 'log.entries' is no list")
    return Surface("HAR", recorded=tuple(_requests(listed)))


def _requests(listed: list[object]) -> Iterator[Recorded]:
    for entry in listed:
        request = mapping(mapping(entry).get("request"))
        method, url = text(request.get("method")).upper(), text(request.get("url"))
        if not method or not url or url.startswith(_SENT_BY_BROWSERS_ALONE):
            continue
        headers = tuple(
            (text(mapping(one).get("name")), text(mapping(one).get("value")))
            for one in entries(request.get("headers"))
        )
        yield Recorded(method, url, headers, _body(mapping(request.get("postData"))))


def _body(data: Json) -> bytes:
    content = text(data.get("text"))
    if data.get("encoding") == "base64":
        try:
            return base64.b64decode(content, validate=True)
        except binascii.Error:
            return b""
    return content.encode()
