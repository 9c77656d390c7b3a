"""From bytes to what they tell of an API, whatever the format."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tocsin.probe.spec import burp, curl, har, openapi, postman
from tocsin.probe.spec.shape import Json
from tocsin.probe.spec.surface import Surface, Unreadable

LARGEST = 32 * 1024 * 1024

TEXTS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], Surface]], ...] = (
    (burp.recognises, burp.read),
    (curl.recognises, curl.read),
)
DOCUMENTS: tuple[tuple[Callable[[Json], bool], Callable[[Json], Surface]], ...] = (
    (openapi.recognises, openapi.read),
    (har.recognises, har.read),
    (postman.recognises, postman.read),
)
"""Each format: how it is recognised, how it is read."""


def read(content: bytes, named: str) -> Surface:
    """What the document tells. Raises `Unreadable` with one sentence that begins with ``named``."""
    try:
        found = _read(content)
    except Unreadable as error:
        raise Unreadable(f"{named}: {error.message}") from None
    except RecursionError:
        raise Unreadable(f"{named}: it is nested too deeply") from None
    if not found.operations and not found.recorded:
        raise Unreadable(f"{named}: the {found.kind} document describes no operation")
    return found


def _read(content: bytes) -> Surface:
    if len(content) > LARGEST:
        raise Unreadable(f"it is larger than {LARGEST // 1024 // 1024} MB")
    content = content.removeprefix(b"\xef\xbb\xbf")
    for recognises, reader in TEXTS:
        if recognises(content):
            return reader(content)
    document = _document(content)
    if not isinstance(document, Mapping):
        raise Unreadable("it holds no table, so it describes no API")
    for is_such, read_such in DOCUMENTS:
        if is_such(document):
            return read_such(document)
    raise Unreadable(
        "it is no OpenAPI or Swagger document, HAR, Postman collection, Burp XML or curl command"
    )


def _document(content: bytes) -> object:
    """JSON, or else YAML."""
    first = content.lstrip()[:1]
    try:
        return json.loads(content)
    except UnicodeDecodeError:
        raise Unreadable("it is not text in UTF-8") from None
    except ValueError as error:
        if first in {b"{", b"["}:
            raise Unreadable(f"it is not JSON: {error}") from None
    if first in {b"<", b""}:
        raise Unreadable("it is a page of HTML or XML" if first else "it is empty")
    return _yaml(content)


def _yaml(content: bytes) -> object:
    try:
        import yaml
    except ImportError:
        raise Unreadable("it is YAML: install tocsin[probe] to read it") from None
    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]
        """Dates stay text, as they are in JSON."""

        yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own attribute
            key: [one for one in resolvers if one[0] != "tag:yaml.org,2002:timestamp"]
            for key, resolvers in base.yaml_implicit_resolvers.items()
        }

    try:
        found: object = yaml.load(content, Loader)  # noqa: S506 - a SafeLoader, without dates
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        raise Unreadable(f"it is neither JSON nor YAML{where}") from None
    except ValueError as error:
        raise Unreadable(f"its YAML has a value that cannot be read: {error}") from None
    return found
