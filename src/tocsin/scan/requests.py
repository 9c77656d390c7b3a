"""The user's own requests and scenarios, as the explorer takes them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlencode

from tocsin.config import Config, RequestConfig
from tocsin.errors import UsageError
from tocsin.model.http import ANONYMOUS, Identity, Request


def given(config: Config, identities: Iterable[Identity]) -> tuple[Request, ...]:
    """The named requests whose identities take part."""
    known = {identity.name: identity for identity in (*identities, ANONYMOUS)}
    return tuple(
        _request(entry, known[entry.identity])
        for entry in config.requests
        if entry.identity in known
    )


def _request(entry: RequestConfig, identity: Identity) -> Request:
    path = entry.path
    for name, value in entry.params.items():
        path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
    if "{" in path:
        missing = path.partition("{")[2].partition("}")[0]
        raise UsageError(f"request {entry.name!r}: say which {missing} in its params")
    body, content_type = _body(entry)
    headers = [(name.lower(), value) for name, value in entry.headers.items()]
    if content_type is not None and "content-type" not in dict(headers):
        headers.append(("content-type", content_type))
    return Request(
        name=entry.name,
        endpoint=entry.request,
        method=entry.method,
        path=path,
        query=tuple(_pairs(entry.query)),
        headers=(*headers, *identity.credentials),
        body=body,
        identity=identity.name,
    )


def _body(entry: RequestConfig) -> tuple[bytes, str | None]:
    if entry.json is not None:
        return json.dumps(entry.json).encode(), "application/json"
    if entry.form is not None:
        form = urlencode(list(_pairs(entry.form))).encode()
        return form, "application/x-www-form-urlencoded"
    return b"", None


def _pairs(values: Mapping[str, object]) -> Iterable[tuple[str, str]]:
    for name, value in values.items():
        for one in value if isinstance(value, list | tuple) else (value,):
            yield name, str(one).lower() if isinstance(one, bool) else str(one)
