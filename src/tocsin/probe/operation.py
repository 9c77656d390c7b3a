"""Recorded requests become operations: what was sent is an example of what can be sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, unquote

from tocsin.model.http import Operation, Parameter
from tocsin.probe.message import Origin
from tocsin.probe.spec.openapi import base_path
from tocsin.probe.spec.surface import Recorded, Surface
from tocsin.scenario import words
from tocsin.scenario.said import address, parsed

EXAMPLES = 8
_KEY = re.compile(r"\d+|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{24,}", re.IGNORECASE)
"""A part of a path that names one thing of many: a number, a UUID, a long hexadecimal key."""

_FORM = "application/x-www-form-urlencoded"
_STATIC = re.compile(
    r"\.(?:js|mjs|css|map|png|jpe?g|gif|svg|ico|woff2?|ttf|webp|mp4)$", re.IGNORECASE
)
_OWN_HEADERS = ("x-", "idempotency-key", "if-match", "accept-version")
_NEVER = re.compile(r"x-(?:forwarded|real-ip|requested-with|csrf|xsrf|api-key|auth|access-token)")
"""What a proxy or a browser adds, and what carries credentials: identities bring those."""


def operations(surface: Surface, origin: Origin) -> tuple[tuple[Operation, ...], tuple[str, ...]]:
    """All that the surface has for this origin, and notes on what is left out."""
    notes = list(surface.notes)
    prefix = base_path(surface.servers)
    described = tuple(replace(one, path=prefix + one.path) for one in surface.operations)
    foreign = {one for one in map(_host, surface.servers) if one and one != origin.host}
    if foreign:
        named = ", ".join(sorted(foreign))
        notes.append(f"the document names {named} as its server; requests go to {origin} only")
    recorded, elsewhere = _from_here(surface.recorded, origin)
    if elsewhere:
        notes.append(
            f"{elsewhere} recorded request{'s' if elsewhere > 1 else ''} to other hosts left out"
        )
    return (*described, *learned(recorded)), tuple(notes)


def learned(recorded: Iterable[Recorded]) -> tuple[Operation, ...]:
    """One operation for all requests that differ in keys and values only, in order."""
    found: dict[str, Operation] = {}
    for one in recorded:
        made = _operation(one)
        if made is not None:
            known = found.get(made.endpoint)
            found[made.endpoint] = made if known is None else _merged(known, made)
    return tuple(found.values())


def _host(server: str) -> str:
    return address(server).hostname or ""


def _from_here(recorded: Iterable[Recorded], origin: Origin) -> tuple[list[Recorded], int]:
    every = list(recorded)
    mine = [
        one
        for one in every
        if one.url.startswith(("/", "{{")) or _host(one.url) in {origin.host, ""}
    ]
    return mine, len(every) - len(mine)


def _operation(recorded: Recorded) -> Operation | None:
    split = address(re.sub(r"^\{\{[^}]*\}\}", "", recorded.url))
    if recorded.method in {"OPTIONS", "CONNECT", "TRACE"} or _STATIC.search(split.path):
        return None
    path, keys = _template(split.path or "/")
    parameters = [
        Parameter(name, "path", required=True, schema={"examples": [value]})
        for name, value in keys.items()
    ]
    parameters += [
        Parameter(name, "query", required=True, schema={"type": "string", "examples": [value]})
        for name, value in dict(parse_qsl(split.query)).items()
    ]
    parameters += [
        Parameter(name.lower(), "header", required=True, schema={"examples": [value]})
        for name, value in recorded.headers
        if name.lower().startswith(_OWN_HEADERS) and not _NEVER.match(name.lower())
    ]
    kind, body = _body(recorded)
    return Operation(recorded.method, path, tuple(parameters), body, kind, recorded.name)


def _template(path: str) -> tuple[str, dict[str, object]]:
    """``/orders/17/cancel`` is ``/orders/{order_id}/cancel`` with 17 for an example."""
    parts, keys, before = [], dict[str, object](), "item"
    for part in path.split("/"):
        if not _KEY.fullmatch(part):
            before = part or before
            parts.append(part)
            continue
        name = f"{words.noun(before) or 'item'}_id"
        while name in keys:
            name += "_"
        keys[name] = int(part) if part.isdecimal() else unquote(part)
        parts.append("{" + name + "}")
    return "/".join(parts), keys


def _body(recorded: Recorded) -> tuple[str | None, Mapping[str, object] | None]:
    if not recorded.body:
        return None, None
    sent_as = next((v for n, v in recorded.headers if n.lower() == "content-type"), "")
    kind = sent_as.partition(";")[0].strip().lower()
    if kind == _FORM:
        return kind, _object(dict(parse_qsl(recorded.body.decode("utf-8", "replace"))))
    try:
        content = parsed(recorded.body)
    except ValueError:
        return kind or "text/plain", {"examples": [recorded.body.decode("utf-8", "replace")]}
    if isinstance(content, dict):
        return kind or "application/json", _object(content)
    return kind or "application/json", {"examples": [content]}


def _object(fields: Mapping[str, object]) -> Mapping[str, object]:
    return {
        "type": "object",
        "properties": {name: {"examples": [value]} for name, value in fields.items()},
        "required": list(fields),
    }


def _merged(known: Operation, other: Operation) -> Operation:
    """The operation with the examples of both; what one of them left out is not required."""
    mine = {(one.place, one.name): one for one in known.parameters}
    theirs = {(one.place, one.name): one for one in other.parameters}
    parameters = []
    for key in {**mine, **theirs}:
        one = mine.get(key) or theirs[key]
        both = key in mine and key in theirs
        schema = _examples(mine[key].schema, theirs[key].schema) if both else one.schema
        parameters.append(replace(one, required=both, schema=schema))
    body = known.body
    if body is not None and other.body is not None:
        body = _bodies(body, other.body)
    return replace(known, parameters=tuple(parameters), body=body or other.body)


def _bodies(one: Mapping[str, object], other: Mapping[str, object]) -> Mapping[str, object]:
    mine, theirs = one.get("properties"), other.get("properties")
    if not isinstance(mine, Mapping) or not isinstance(theirs, Mapping):
        return _examples(one, other)
    properties = {
        name: _examples(mine.get(name, {}), theirs.get(name, {})) for name in {**mine, **theirs}
    }
    required = [name for name in mine if name in theirs]
    return {**one, "properties": properties, "required": required}


def _examples(one: Mapping[str, object], other: Mapping[str, object]) -> dict[str, object]:
    found: list[object] = []
    for schema in (one, other):
        listed = schema.get("examples")
        for example in listed if isinstance(listed, list) else []:
            if example not in found and len(found) < EXAMPLES:
                found.append(example)
    return {**other, **one, "examples": found}
