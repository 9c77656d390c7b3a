"""Postman collections, versions 2.0 and 2.1. Source: their published JSON Schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

from tocsin.probe.spec.shape import Json, entries, mapping, text
from tocsin.probe.spec.surface import Recorded, Surface

DEPTH = 32
_VARIABLE = re.compile(r"{{\s*([^{}]+?)\s*}}")
_SEGMENT = re.compile(r"(?<=/):([A-Za-z_]\w*)")
_ROUNDS = 4
"""Variables name variables: so often they are looked up."""


def recognises(document: Json) -> bool:
    """Whether this is a collection."""
    schema = text(mapping(document.get("info")).get("schema"))
    return "item" in document and ("getpostman" in schema or "postman" in schema)


def read(document: Json) -> Surface:
    """The requests of a collection, folders and all, with its own variables filled in."""
    variables = {
        text(one.get("key") or one.get("id")): str(one.get("value", ""))
        for one in map(mapping, entries(document.get("variable")))
    }
    recorded = tuple(_requests(entries(document.get("item")), variables, 0))
    missing = sorted({name for one in recorded for name in _VARIABLE.findall(one.url)})
    notes = (f"the collection does not say what {{{{{name}}}}} is" for name in missing[:3])
    return Surface(
        "Postman collection",
        recorded=tuple(one for one in recorded if not _VARIABLE.search(_after_host(one.url))),
        title=text(mapping(document.get("info")).get("name")),
        notes=tuple(notes),
    )


def _after_host(url: str) -> str:
    """The part that must be whole: where requests go is the target's to say."""
    return _VARIABLE.sub("", url, count=1) if url.startswith("{{") else url


def _requests(items: list[object], variables: Mapping[str, str], depth: int) -> Iterator[Recorded]:
    for item in map(mapping, items):
        if depth < DEPTH:
            yield from _requests(entries(item.get("item")), variables, depth + 1)
        request = item.get("request")
        if isinstance(request, str):
            yield Recorded("GET", _filled(request, variables), name=text(item.get("name")))
        elif isinstance(request, Mapping):
            yield _request(request, variables, text(item.get("name")))


def _request(request: Json, variables: Mapping[str, str], name: str) -> Recorded:
    given = request.get("url")
    url = given if isinstance(given, str) else text(mapping(given).get("raw"))
    own = {
        text(one.get("key")): str(one.get("value", ""))
        for one in map(mapping, entries(mapping(given).get("variable")))
    }
    url = _SEGMENT.sub(lambda match: own.get(match[1]) or match[0], url)
    headers = [
        (text(one.get("key")), _filled(text(one.get("value")), variables))
        for one in map(mapping, entries(request.get("header")))
        if one.get("disabled") is not True
    ]
    body, kind = _body(mapping(request.get("body")))
    if kind and "content-type" not in {key.lower() for key, _ in headers}:
        headers.append(("Content-Type", kind))
    return Recorded(
        (text(request.get("method")) or "GET").upper(),
        _filled(url, variables),
        tuple(headers),
        _filled(body, variables).encode(),
        name,
    )


def _body(body: Json) -> tuple[str, str]:
    if body.get("mode") == "urlencoded":
        pairs = [
            (text(one.get("key")), str(one.get("value", "")))
            for one in map(mapping, entries(body.get("urlencoded")))
            if one.get("disabled") is not True
        ]
        return urlencode(pairs), "application/x-www-form-urlencoded"
    raw = text(body.get("raw"))
    language = mapping(mapping(body.get("options")).get("raw")).get("language")
    return raw, "application/json" if language == "json" or _is_json(raw) else ""


def _is_json(raw: str) -> bool:
    try:
        return isinstance(json.loads(raw), (dict, list))
    except ValueError:
        return False


def _filled(raw: str, variables: Mapping[str, str]) -> str:
    for _ in range(_ROUNDS):
        done = _VARIABLE.sub(lambda match: variables.get(match[1], match[0]), raw)
        if done == raw:
            break
        raw = done[:100_000]  # a variable that names itself twice grows
    return raw
