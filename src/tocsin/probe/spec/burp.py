"""Burp Suite's *save items*: an XML file with whole requests, usually in base64."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from tocsin.probe.spec.surface import Recorded, Surface, Unreadable


def recognises(content: bytes) -> bool:
    """Whether this is such a file."""
    return content.lstrip()[:5] == b"<?xml" and b"burpVersion" in content[:10_000]


def read(content: bytes) -> Surface:
    """The requests of the file. Raises `Unreadable`; entities are not expanded."""
    if b"<!ENTITY" in content:
        raise Unreadable("it declares XML entities, and no such file is read")
    try:
        root = ET.fromstring(content)  # noqa: S314 - without entities there is nothing to expand
    except ET.ParseError as error:
        raise Unreadable(f"it is no well-formed XML: {error}") from None
    return Surface("Burp XML", recorded=tuple(_requests(root)))


def _requests(root: ET.Element) -> Iterator[Recorded]:
    for item in root.iter("item"):
        url, request = item.findtext("url") or "", item.find("request")
        if request is None or not url:
            continue
        raw = (request.text or "").encode()
        if request.get("base64") == "true":
            try:
                raw = base64.b64decode(raw)
            except binascii.Error:
                continue
        made = _parsed(raw, url)
        if made is not None:
            yield made


def _parsed(raw: bytes, url: str) -> Recorded | None:
    blank = b"\r\n\r\n" if b"\r\n\r\n" in raw else b"\n\n"
    head, _, body = raw.partition(blank)
    lines = head.decode("latin-1").splitlines()
    method = lines[0].partition(" ")[0] if lines else ""
    if not method.isalpha():
        return None
    split = (line.partition(":") for line in lines[1:] if ":" in line)
    headers = tuple((name.strip(), value.strip()) for name, _, value in split)
    return Recorded(method.upper(), url, headers, body)
