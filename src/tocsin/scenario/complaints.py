"""What a refusal says of the request's fields: which are missing, and which have a wrong value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tocsin.model.http import Response
from tocsin.scenario.said import parsed

SOMEWHERE = ""
"""The place of a field of which nobody says whether it belongs into the body or the query."""

REQUIRED = re.compile(r"required|missing|must be (given|provided|set)", re.IGNORECASE)
MESSAGES = ("detail", "message", "error", "title", "description", "msg", "reason")
"""Members of an error's JSON that hold a sentence, not what is wrong with a field of that name."""

_GENERAL = frozenset(
    {"non_field_errors", "__all__", "status", "code", "type", "success", "instance"}
)
_NAME = r"(?P<name>[A-Za-z_][A-Za-z0-9_.-]{0,63})"
_LACKS = "required|missing|mandatory|not given|not set|not provided"
_KINDS = "the|a|an|field|parameter|key|value|argument|property|member"
_SENTENCES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^['\"`]?{_NAME}['\"`]?\s*:\s+\S",
        rf"['\"`]{_NAME}['\"`]",
        rf"\b{_NAME} (?:is|was|are) (?:a )?(?:{_LACKS})",
        rf"\b{_NAME} must (?:not )?be\b",
        rf"\b(?:missing|required|requires|expected|needs?)(?: (?:{_KINDS}))*:? {_NAME}",
    )
)
"""How sentences name a field, the surest way first."""

_NO_FIELDS = frozenset(
    {
        *("this", "that", "it", "the", "a", "an", "field", "fields", "value", "parameter", "body"),
        *("request", "data", "json", "input", "which", "error", "message", "bad", "invalid"),
        *("argument", "key", "content", "payload", "one", "all", "validation", "valueerror"),
    }
)

Complaint = tuple[str, str, bool]
"""Place, name, and whether the field is missing (or nobody says that it is there)."""


def complaints(response: Response) -> list[Complaint]:
    """What a validation error says in a shape that a framework gives it."""
    if response.status not in {400, 422}:
        return []
    content = _json(response)
    detail = content.get("detail") if isinstance(content, Mapping) else None
    if isinstance(detail, list):
        return list(_located(detail))
    return list(_named(content, 3))


def spoken(response: Response) -> list[Complaint]:
    """What it says in words of its own: fields named in a sentence, or by a member with one."""
    if response.status not in {400, 422}:
        return []
    content = _json(response)
    if isinstance(content, Mapping):
        members = [
            str(name)
            for name, said in content.items()
            if isinstance(said, str) and name not in MESSAGES and name not in _GENERAL
        ]
        if members:
            return [(SOMEWHERE, name, True) for name in members]
    sentence = said_in(response)
    for pattern in _SENTENCES:
        found = [one["name"] for one in pattern.finditer(sentence)]
        names = [name for name in found if not _is_a_word(name.lower())]
        if names:
            return [(SOMEWHERE, names[0], True)]
    return []


def _is_a_word(name: str) -> bool:
    """Whether it is a word of the sentence, or the name of an exception, not of a field."""
    return name in _NO_FIELDS or name in MESSAGES or name.endswith(("error", "exception"))


def said_in(response: Response) -> str:
    """The message of an error answer, shortened."""
    content = _json(response)
    if isinstance(content, Mapping):
        for key in MESSAGES:
            if isinstance(content.get(key), str):
                return str(content[key])[:120]
    text = response.body.decode("utf-8", "replace").strip()
    return "" if text.startswith("<") else text.split("\n", 1)[0][:120]


def _located(detail: list[object]) -> Iterator[Complaint]:
    """FastAPI: ``{"loc": ["body", "n"], "type": "missing"}``."""
    for one in detail:
        location = one.get("loc") if isinstance(one, Mapping) else None
        if isinstance(one, Mapping) and isinstance(location, list) and location:
            name = str(location[1]) if len(location) > 1 else ""
            yield str(location[0]), name, one.get("type") == "missing"


def _named(content: object, depth: int) -> Iterator[Complaint]:
    """REST framework, marshmallow: ``{"n": ["This field is required."]}``, perhaps further in."""
    if not isinstance(content, Mapping) or depth == 0:
        return
    for name, said in content.items():
        if isinstance(said, Mapping):
            yield from _named(said, depth - 1)
        elif name in _GENERAL or not isinstance(said, list):
            continue
        elif said and all(isinstance(text, str) for text in said):
            yield "body", str(name), any(REQUIRED.search(text) for text in said)


def _json(response: Response) -> object:
    try:
        found: object = parsed(response.body)
    except ValueError:
        return None
    return found
