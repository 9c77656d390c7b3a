"""Requests that upload a file: the same with another content, and where it may be fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from tocsin.model.http import Operation, Request, Response
from tocsin.scenario import words
from tocsin.scenario.said import address, parsed

_DISPOSITION = re.compile(rb'Content-Disposition:[^\r\n]*filename="([^"\r\n]*)"', re.IGNORECASE)
_BOUNDARY = re.compile(r'boundary="?([^";]+)')
_STRUCTURED = ("json", "x-www-form-urlencoded", "xml")
_OWN = frozenset({"content-type", "content-length", "if-match"})
_VARIABLE = re.compile(r"{[^{}]+}")
DEPTH = 4


@dataclass(frozen=True, slots=True)
class Upload:
    """A request with a file in it. ``name`` is the one that the client gives to the file."""

    request: Request
    name: str

    def holding(self, content: bytes) -> Request:
        """The same request with this content in its file."""
        body = self.request.body
        kind = _kind(self.request)
        boundary = _BOUNDARY.search(kind)
        if kind.startswith("multipart/") and boundary is not None:
            body = _replaced(body, b"--" + boundary[1].encode(), content)
        else:
            body = content
        said = f"{len(content)} bytes" if len(content) > 40 else repr(content.decode("latin-1"))
        name = f"{self.request.method} {unquote(self.request.path)} {{{said}}}"
        return replace(self.request, name=f"{name} as {self.request.identity}", body=body)


def upload(request: Request) -> Upload | None:
    """The upload that a request is; ``None`` if it is none."""
    if request.method not in {"POST", "PUT"} or not request.body:
        return None
    kind = _kind(request)
    if kind.startswith("multipart/"):
        found = _DISPOSITION.search(request.body)
        return Upload(request, found[1].decode("utf-8", "replace")) if found else None
    if not kind or any(part in kind for part in _STRUCTURED):
        return None
    return Upload(request, unquote(request.path.rstrip("/").rsplit("/", 1)[-1]))


def addresses(sent: Upload, answer: Response, known: Sequence[Operation]) -> Iterator[Request]:
    """Reads that may give the file back, the likeliest first.

    What the answer names; reads of the same noun with a value of the answer, or the file's name, in
    their path; other reads.
    """
    request = sent.request
    values = list(dict.fromkeys(_values(answer)))
    headers = tuple(pair for pair in request.headers if pair[0].lower() not in _OWN)
    paths: dict[str, str] = {}
    for value in values:
        if value.startswith("/") or "://" in value:
            path = address(value).path
            paths.setdefault(path, f"GET {_template(path, known)}")
    nouns = {words.noun(part) for part in request.endpoint.split("/")[1:] if "{" not in part}
    reads = [one for one in known if one.method == "GET"]
    reads.sort(key=lambda one: not nouns & {words.noun(p) for p in one.path.split("/") if p})
    for one in reads:
        places = _VARIABLE.findall(one.path)
        if one.path == request.endpoint.partition(" ")[2]:
            paths.setdefault(request.path, one.endpoint)
        elif len(places) == 1:
            for value in (sent.name, *values):
                path = one.path.replace(places[0], quote(value, safe=""))
                paths.setdefault(path, one.endpoint)
        elif not places and nouns & {words.noun(part) for part in one.path.split("/") if part}:
            paths.setdefault(one.path, one.endpoint)
    for path, endpoint in paths.items():
        name = f"GET {unquote(path)} as {request.identity}"
        yield Request(name, endpoint, "GET", path, (), headers, b"", request.identity)


def _template(path: str, known: Sequence[Operation]) -> str:
    """The operation's path that this one is an example of, or itself."""
    for one in known:
        pattern = "[^/]+".join(map(re.escape, _VARIABLE.split(one.path)))
        if one.method == "GET" and re.fullmatch(pattern, path):
            return one.path
    return path


def _values(answer: Response) -> Iterator[str]:
    yield from (value for name, value in answer.headers if name.lower() == "location")
    try:
        found: object = parsed(answer.body or b"null")
    except ValueError:
        return
    yield from _scalars(found, DEPTH)


def _scalars(found: object, depth: int) -> Iterator[str]:
    if isinstance(found, bool) or depth == 0:
        return
    if isinstance(found, (str, int)):
        yield str(found)
    elif isinstance(found, dict):
        for value in found.values():
            yield from _scalars(value, depth - 1)
    elif isinstance(found, list):
        for value in found[:1]:
            yield from _scalars(value, depth - 1)


def _replaced(body: bytes, boundary: bytes, content: bytes) -> bytes:
    """The multipart body with this content in its first file."""
    parts = body.split(boundary)
    for place, part in enumerate(parts):
        head, blank, _ = part.partition(b"\r\n\r\n")
        if blank and _DISPOSITION.search(head):
            parts[place] = head + blank + content + b"\r\n"
            break
    return boundary.join(parts)


def _kind(request: Request) -> str:
    return next((value for name, value in request.headers if name.lower() == "content-type"), "")
