"""Witnesses as files: JSON that replays, without credentials, and the test made from it."""

from __future__ import annotations

import base64
import dataclasses
import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from tocsin.model.finding import Witness
from tocsin.model.http import Request
from tocsin.model.secret import Redaction, Secret

SCHEMA_VERSION = 1

_CREDENTIAL = re.compile(
    r"authorization|cookie|api[-_]?key|token|secret|password|credential|session|signature",
    re.IGNORECASE,
)
_BYTES = ({"text"}, {"base64"})
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessFile:
    """A witness and what one must know to run it again, besides the configuration.

    ``app`` and ``setup`` are ``package.module:name``; the rest names the finding for readers.
    """

    app: str
    witness: Witness
    setup: str | None = None
    framework: str = ""
    rule: str = ""
    title: str = ""
    endpoint: str = ""
    fingerprint: str = ""
    stores: tuple[str, ...] = ()
    schema_version: int = SCHEMA_VERSION


class WitnessError(ValueError):
    """The text is not a witness that this version can read."""


def dumps(file: WitnessFile, secrets: Iterable[Secret] = ()) -> str:
    """The file as JSON text, its credentials taken out."""
    return written(file, secrets)


def written(value: object, secrets: Iterable[Secret] = ()) -> str:
    """Any noun as JSON text, its credentials taken out; bytes are text or base64."""
    data = _plain(scrub(value, secrets))
    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode() + "\n"


def loads(text: str) -> WitnessFile:
    """Read what `dumps` wrote. Raises `WitnessError`."""
    try:
        data = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise WitnessError(f"is not JSON: {error}") from error
    if not isinstance(data, dict) or "schema_version" not in data or "witness" not in data:
        raise WitnessError("is not a witness written by tocsin")
    if data["schema_version"] != SCHEMA_VERSION:
        raise WitnessError(
            f"has schema_version {data['schema_version']!r}, and this version of tocsin reads "
            f"{SCHEMA_VERSION}: scan again"
        )
    return converted(data, WitnessFile)


def converted(data: object, shape: type[T]) -> T:
    """What `written` wrote, as the noun again. Raises `WitnessError`."""
    try:
        return msgspec.convert(_with_bytes(data), shape, dec_hook=_decode)
    except (msgspec.ValidationError, ValueError) as error:
        raise WitnessError(f"is damaged: {error}") from error


def save(file: WitnessFile, path: Path, secrets: Iterable[Secret] = ()) -> Path:
    """Write the file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dumps(file, secrets), encoding="utf-8")
    return path


def read(path: Path) -> WitnessFile:
    """Read a file. Raises `WitnessError`, and `OSError` when there is none."""
    return loads(path.read_text(encoding="utf-8"))


def scrub(value: T, secrets: Iterable[Secret]) -> T:
    """The value without credentials.

    Headers that carry them are taken out of requests (they are looked up again by the identity's
    name), and known secrets are replaced by their placeholders in every text: SQL, bodies, state.
    """
    cleaned: T = _scrubbed(value, Redaction.of(secrets))
    return cleaned


def _scrubbed(value: Any, hidden: Redaction) -> Any:
    match value:
        case Request():
            kept = tuple(pair for pair in value.headers if not _CREDENTIAL.search(pair[0]))
            return _fields(dataclasses.replace(value, headers=kept), hidden)
        case Enum():
            return value
        case str():
            return hidden.text(value)
        case bytes():
            return _scrubbed_bytes(value, hidden)
        case tuple():
            return tuple(_scrubbed(item, hidden) for item in value)
        case frozenset():
            return frozenset(_scrubbed(item, hidden) for item in value)
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return _fields(value, hidden)
        case _:
            return value


def _scrubbed_bytes(value: bytes, hidden: Redaction) -> bytes:
    """Bytes that are no text come through as they are."""
    text = value.decode("utf-8", "surrogateescape")
    return hidden.text(text).encode("utf-8", "surrogateescape")


def _fields(value: Any, hidden: Redaction) -> Any:
    changed = {
        field.name: _scrubbed(getattr(value, field.name), hidden)
        for field in dataclasses.fields(value)
    }
    return dataclasses.replace(value, **changed)


def _plain(value: Any) -> Any:
    """Nouns as JSON values. Fields that have their default are left out: files stay readable."""
    match value:
        case Enum():
            return value.value
        case None | bool() | int() | float() | str():
            return value
        case bytes():
            return _text_or_base64(value)
        case tuple():
            return [_plain(item) for item in value]
        case frozenset():
            return [
                _plain(item) for item in sorted(value, key=lambda i: (type(i).__name__, str(i)))
            ]
        case _ if dataclasses.is_dataclass(value):
            return {
                field.name: _plain(getattr(value, field.name))
                for field in dataclasses.fields(value)
                if field.name == "schema_version" or getattr(value, field.name) != field.default
            }
        case _:
            return str(value)


def _text_or_base64(value: bytes) -> dict[str, str]:
    try:
        return {"text": value.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode("ascii")}


def _with_bytes(value: Any) -> Any:
    """Undo `_text_or_base64` wherever it was used."""
    match value:
        case dict() if value.keys() in _BYTES:
            text = value.get("text")
            return base64.b64decode(value["base64"]) if text is None else text.encode()
        case dict():
            return {name: _with_bytes(item) for name, item in value.items()}
        case list():
            return [_with_bytes(item) for item in value]
        case _:
            return value


def _decode(expected: Any, value: Any) -> Any:
    """Values of columns are whatever JSON holds."""
    if expected is Hashable:
        return tuple(value) if isinstance(value, list) else value
    raise NotImplementedError(expected)


_TEST = '''\
"""{title}

Written by `tocsin replay --pytest`. It runs the two requests again in the order of statements
that broke the application, and fails until no such outcome is possible.
"""

from tocsin.testing import replay

# ruff: noqa: E501
WITNESS = r"""
{json}"""


def test_{name}() -> None:
    result = replay(WITNESS)
    assert result.holds, str(result)
'''


def to_pytest(file: WitnessFile, secrets: Iterable[Secret] = ()) -> str:
    """A regression test, self-contained: it fails while the race is open."""
    # A raw string holds JSON as it is: JSON never has three quotes in a row, nor a lone backslash
    # at its end.
    title = f"{file.title or file.witness.anomaly.name.value}: {file.endpoint}".replace("\\", "/")
    return _TEST.format(
        title=" ".join(title.replace('"', "'").split()).rstrip(".") + ".",
        json=dumps(file, secrets),
        name=_identifier(f"{file.endpoint} {file.witness.anomaly.name.value}"),
    )


def _identifier(text: str) -> str:
    return re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_").lower()
