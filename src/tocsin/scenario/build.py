"""Inputs become a request: a path filled in, a query, a body."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlencode

from tocsin.model.http import Identity, Operation, Request

JSON, FORM, MULTIPART = (
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
)
BOUNDARY = "tocsin-7d9f0c3a52"
FILE = b"tocsin"
VARIABLE = re.compile(r"{([^}]+)}")
NAME_LENGTH = 48


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that the client chooses.

    ``fields`` are the members of an object-like body; ``whole`` is a body of any other shape.
    ``files`` names the fields that are sent as files. ``content_type`` ``None``: no body.
    """

    path: Mapping[str, object] = field(default_factory=dict)
    query: Mapping[str, object] = field(default_factory=dict)
    header: Mapping[str, object] = field(default_factory=dict)
    cookie: Mapping[str, object] = field(default_factory=dict)
    fields: Mapping[str, object] = field(default_factory=dict)
    whole: object = None
    files: frozenset[str] = frozenset()
    content_type: str | None = None

    def get(self, place: str, name: str) -> object:
        """The value of one input."""
        return self._of(place).get(name)

    def with_value(self, place: str, name: str, value: object) -> Inputs:
        """The same inputs with another value for one of them."""
        changed = {**self._of(place), name: value}
        return replace(self, **{"fields" if place == "body" else place: changed})  # type: ignore[arg-type]

    def _of(self, place: str) -> Mapping[str, object]:
        found: Mapping[str, object] = self.fields if place == "body" else getattr(self, place)
        return found


def build(operation: Operation, inputs: Inputs, identity: Identity) -> Request:
    """The request as it will be sent, the identity's credentials included."""
    slashes = {
        one.name
        for one in operation.parameters
        if one.place == "path" and one.schema.get("format") == "path"
    }

    def filled(match: re.Match[str]) -> str:
        text = _text(inputs.path.get(match[1], ""))
        return quote(text, safe="/" if match[1] in slashes else "")

    path = VARIABLE.sub(filled, operation.path)
    query = tuple(_pairs(inputs.query))
    body, content_type = _body(inputs)
    return Request(
        name=_name(operation.method, path, query, inputs, identity),
        endpoint=operation.endpoint,
        method=operation.method,
        path=path,
        query=query,
        headers=tuple(_headers(inputs, identity, content_type)),
        body=body,
        identity=identity.name,
    )


def _headers(
    inputs: Inputs, identity: Identity, content_type: str | None
) -> Iterator[tuple[str, str]]:
    own = {name.lower() for name, _ in identity.headers}
    yield from identity.headers
    for name, value in _pairs(inputs.header):
        if name.lower() not in own:
            yield name, value
    cookies = {**dict(_pairs(inputs.cookie)), **dict(identity.cookies)}
    if cookies:
        yield "Cookie", "; ".join(f"{name}={value}" for name, value in cookies.items())
    if content_type is not None:
        yield "Content-Type", content_type


def _body(inputs: Inputs) -> tuple[bytes, str | None]:
    content = inputs.whole if inputs.whole is not None else dict(inputs.fields)
    if inputs.content_type is None:
        return b"", None
    if inputs.content_type == FORM:
        return urlencode(list(_pairs(inputs.fields))).encode(), FORM
    if inputs.content_type == MULTIPART:
        return _multipart(inputs), f"{MULTIPART}; boundary={BOUNDARY}"
    if inputs.content_type == JSON or inputs.content_type.endswith("+json"):
        return json.dumps(content, ensure_ascii=False).encode(), inputs.content_type
    return _text(content if inputs.whole is not None else "tocsin").encode(), inputs.content_type


def _multipart(inputs: Inputs) -> bytes:
    parts: list[bytes] = []
    for name, value in inputs.fields.items():
        if name in inputs.files:
            disposition = f'form-data; name="{name}"; filename="tocsin.txt"'
            kind = "\r\nContent-Type: text/plain"
            for _ in value if isinstance(value, list) else [value]:
                head = f"--{BOUNDARY}\r\nContent-Disposition: {disposition}{kind}\r\n\r\n"
                parts.append(head.encode() + FILE + b"\r\n")
            continue
        for _, text in _pairs({name: value}):
            head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
            parts.append(head.encode() + text.encode() + b"\r\n")
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def _pairs(values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        for one in value if isinstance(value, (list, tuple)) else (value,):
            if one is not None:
                yield name, _text(one)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, (Mapping, list)) else str(value)


def _name(
    method: str, path: str, query: tuple[tuple[str, str], ...], inputs: Inputs, identity: Identity
) -> str:
    """What the reader calls this request: ``POST /transfer {to: bob, n: 60} as alice``."""
    words = [method, path + ("?" + urlencode(query) if query else "")]
    content = ", ".join(f"{name}: {_text(value)}" for name, value in inputs.fields.items())
    if content:
        cut = content if len(content) <= NAME_LENGTH else content[: NAME_LENGTH - 1] + "…"
        words.append("{" + cut + "}")
    return " ".join([*words, "as", identity.name])
